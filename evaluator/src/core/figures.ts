/**
 * The numbers and identifiers that a text holds, apart from how they are written: what must not change on its way through a pipeline.
 *
 * @module
 */

import type { Content } from "./content.ts";

/** Numbers and identifiers of a text. */
export interface Figures {
	/** Value → as it stands in the text. */
	readonly numbers: ReadonlyMap<number, string>;
	/** Words that hold a digit and are no number (codes, dates, versions), lower-cased → as they stand in the text. */
	readonly codes: ReadonlyMap<string, string>;
}

const MAX_FIGURES = 2_000;
/** What is longer is no figure but something encoded. */
const MAX_LENGTH = 100;

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;

/** Characters that a figure goes on over: letters of any script, digits, and what joins them. */
function joins(unit: number): boolean {
	if (unit < 0x80) {
		return (
			isDigit(unit) ||
			(unit >= 0x41 && unit <= 0x5a) ||
			(unit >= 0x61 && unit <= 0x7a) ||
			unit === 0x2d ||
			unit === 0x2e ||
			unit === 0x2c ||
			unit === 0x5f ||
			unit === 0x3a ||
			unit === 0x2f
		);
	}
	// Latin letters with marks; other scripts put figures beside their words without a space.
	return unit >= 0xc0 && unit <= 0x24f;
}

const isEndMark = (unit: number): boolean =>
	unit === 0x2d || unit === 0x2e || unit === 0x2c || unit === 0x3a || unit === 0x2f || unit === 0x5f;

const cache = new WeakMap<Content, Figures>();

/** The figures of a content, read once. */
export function figuresOf(content: Content): Figures {
	const known = cache.get(content);
	if (known !== undefined) return known;
	const figures = figuresIn(content.text);
	cache.set(content, figures);
	return figures;
}

/**
 * The figures of a text.
 *
 * @example
 * figuresIn("€1,234.50 for SO-0012"); // numbers 1234.5, codes "so-0012"
 * figuresIn("1.234,50 €").numbers.has(1234.5); // true
 */
export function figuresIn(text: string): Figures {
	const numbers = new Map<number, string>();
	const codes = new Map<string, string>();
	const length = text.length;
	for (let at = 0; at < length && numbers.size + codes.size < MAX_FIGURES; ) {
		let unit = text.charCodeAt(at);
		if (!joins(unit)) {
			at++;
			continue;
		}
		let from = at;
		let hasDigit = false;
		while (at < length && joins(unit)) {
			if (isDigit(unit)) hasDigit = true;
			unit = text.charCodeAt(++at);
		}
		if (!hasDigit) continue;
		let to = at;
		while (to > from && isEndMark(text.charCodeAt(to - 1))) to--;
		while (from < to && isEndMark(text.charCodeAt(from))) from++;
		if (to - from <= MAX_LENGTH) addFigure(text.slice(from, to), numbers, codes);
	}
	return { numbers, codes };
}

const PLAIN = /^\d[\d.,]*$/;
const UNIT = /^(?:[a-zA-Z]{1,3})?(\d[\d.,]*)(?:[a-zA-Z]{1,2})?$/;
/** “3-5”, “1/2”, “12:30” are figures side by side, each of which may come from elsewhere. */
const SIDE_BY_SIDE = /^\d+(?:[.,]\d+)?(?:[-/:]\d+(?:[.,]\d+)?)+$/;
const ISO_DATE = /^\d{4}-\d{1,2}-\d{1,2}/;

function addFigure(word: string, numbers: Map<number, string>, codes: Map<string, string>): void {
	if (PLAIN.test(word)) {
		for (const value of valuesOf(word)) numbers.set(value, word);
	} else if (SIDE_BY_SIDE.test(word) && !ISO_DATE.test(word)) {
		for (const part of word.split(/[-/:]/)) for (const value of valuesOf(part)) numbers.set(value, word);
	} else {
		const [, number] = UNIT.exec(word) ?? [];
		const values = number === undefined ? [] : valuesOf(number);
		if (values.length === 0) codes.set(word.toLowerCase(), word);
		for (const value of values) numbers.set(value, word);
	}
}

/**
 * What a written number may mean. A single mark before three digits separates thousands in one language and decimals in another: both
 * are given.
 */
function valuesOf(written: string): number[] {
	const lastDot = written.lastIndexOf(".");
	const lastComma = written.lastIndexOf(",");
	if (lastDot < 0 && lastComma < 0) return [Number(written)];
	if (lastDot >= 0 && lastComma >= 0) {
		const decimal = lastDot > lastComma ? "." : ",";
		const other = decimal === "." ? "," : ".";
		return finite([Number(written.replaceAll(other, "").replace(decimal, "."))]);
	}
	const mark = lastDot >= 0 ? "." : ",";
	const parts = written.split(mark);
	const joined = Number(parts.join(""));
	if (parts.length > 2) return parts.slice(1).every((part) => part.length === 3) ? finite([joined]) : [];
	const decimal = Number(parts.join("."));
	return finite(parts[1]?.length === 3 ? [decimal, joined] : [decimal]);
}

const finite = (values: readonly number[]): number[] => values.filter(Number.isFinite);

/** Up to this, whole numbers count things, name days and number lists, and come from nowhere. */
const SMALL = 31;

/** Numbers of a text that say something: the first few whole numbers do not. */
export const tellingNumbers = ({ numbers }: Figures): (readonly [number, string])[] =>
	[...numbers].filter(([value]) => value > SMALL || !Number.isInteger(value));

/**
 * Whether a figure stands in a text as it is written, by itself: the quick way to say that it was given.
 *
 * @example
 * holdsWritten("it costs 34.90 €", "34.90"); // true
 * holdsWritten("it costs 134.90 €", "34.90"); // false
 */
export function holdsWritten(text: string, written: string): boolean {
	for (let at = text.indexOf(written); at >= 0; at = text.indexOf(written, at + 1)) {
		const before = text.charCodeAt(at - 1);
		const after = text.charCodeAt(at + written.length);
		if (!isDigit(before) && !isDigit(after)) return true;
	}
	return false;
}

/** Of several figures, whether one is this number: as it is, as a percentage, or rounded to the decimals that it has. */
export function holdsNumber(given: readonly Figures[], value: number): boolean {
	const near = [value, Math.round(value * 1e4) / 100, ...(value <= 100 ? [value / 100] : [])];
	if (given.some(({ numbers }) => near.some((one) => numbers.has(one)))) return true;
	const decimals = String(value).split(".")[1]?.length ?? 0;
	const half = 0.5 * 10 ** -decimals;
	return given.some(({ numbers }) => {
		for (const other of numbers.keys())
			if (!Number.isInteger(other) && Math.abs(other - value) <= half + 1e-9) return true;
		return false;
	});
}

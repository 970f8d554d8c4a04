/**
 * What a step's recorded input or output says, apart from how it is written: its words and its structure.
 *
 * @module
 */

import { RecentMap } from "./recent-map.ts";
import { shapeOf } from "./shape.ts";
import { wordCounts, wordHashes } from "./words.ts";

/** A parsed text, read once and compared many times. */
export interface Content {
	readonly raw: string;
	/** The parsed JSON value, or undefined where the text is not JSON. */
	readonly json: unknown;
	/** The text without JSON's own punctuation and keys: its leaves, a line each. */
	readonly text: string;
	/** Hashes of the distinct words. */
	readonly words: ReadonlySet<number>;
	/** The same by place in the structure: path (arrays folded into `[]`) → what stands there. Plain text is one part, at "". */
	readonly parts: ReadonlyMap<string, Part>;
	/** Sentences and lines, each as its words. */
	readonly units: readonly ReadonlySet<number>[];
	/** Word → how often it stands in the text. */
	readonly counts: ReadonlyMap<number, number>;
	/** Its structure as `path: type`; see `shapeOf`. */
	readonly shape: ReadonlySet<string>;
}

/** Everything that stands at one path of a content. */
export interface Part {
	readonly leaves: readonly Leaf[];
	readonly words: ReadonlySet<number>;
}

export type Leaf = string | number | boolean | null;

const MAX_LEAVES = 20_000;
const MAX_PARTS = 200;
const MAX_UNITS = 400;
const MIN_UNIT_WORDS = 3;

/** Reads a recorded text. Never throws: what is not JSON is taken as plain text. Texts that come again are not read again. */
export function readContent(raw: string): Content {
	const known = recent.get(raw);
	if (known !== undefined) return known;
	const json = parseJson(raw);
	const content = contentOf(raw, json, json === undefined ? raw : leavesOf(json).join("\n"));
	recent.set(raw, content, raw.length);
	return content;
}

/** Trials of a task, and what one step gives and the next one gets, are the same texts: up to so many characters of them are remembered. */
const recent = new RecentMap<string, Content>(2_000_000);

/** Several contents as one, each under its own name: what a step was handed by several others. */
export function joinContents(
	contents: readonly { readonly name: string; readonly content: Content }[],
): Content {
	const [only] = contents;
	if (contents.length === 1 && only !== undefined) return only.content;
	const json: Record<string, unknown> = {};
	for (const { name, content } of contents) json[name] = content.json ?? content.text;
	const words = new Set<number>();
	for (const { content } of contents) for (const word of content.words) words.add(word);
	const text = contents.map(({ content }) => content.text).join("\n");
	return contentOf(contents.map(({ content }) => content.raw).join("\n"), json, text, words);
}

function contentOf(raw: string, json: unknown, text: string, known?: ReadonlySet<number>): Content {
	let parts: ReadonlyMap<string, Part> | undefined;
	let units: readonly ReadonlySet<number>[] | undefined;
	let counts: ReadonlyMap<number, number> | undefined;
	let shape: ReadonlySet<string> | undefined;
	// Most texts are never asked for their parts, so these are made when they are.
	return {
		raw,
		json,
		text,
		words: known ?? wordHashes(text),
		get parts() {
			parts ??= partsOf(json === undefined ? text : json);
			return parts;
		},
		get units() {
			units ??= unitsOf(text);
			return units;
		},
		get counts() {
			counts ??= wordCounts(text);
			return counts;
		},
		get shape() {
			shape ??= shapeOf(json);
			return shape;
		},
	};
}

/** The parsed value of a JSON text, or undefined where it is none. Bare words and numbers count as plain text. */
export function parseJson(raw: string): unknown {
	const first = raw.trimStart()[0];
	if (first !== "{" && first !== "[" && first !== '"') return undefined;
	try {
		return JSON.parse(raw) as unknown;
	} catch {
		return undefined;
	}
}

/** The strings, numbers and booleans inside a JSON value, in order. JSON inside strings is opened too, one level deep. */
export function leavesOf(value: unknown): string[] {
	const leaves: string[] = [];
	eachLeaf(value, "", (_, leaf) => {
		if (leaf !== null) leaves.push(String(leaf));
		return leaves.length < MAX_LEAVES;
	});
	return leaves;
}

function partsOf(value: unknown): ReadonlyMap<string, Part> {
	const parts = new Map<string, { leaves: Leaf[]; words: Set<number> }>();
	let leaves = 0;
	eachLeaf(value, "", (path, leaf) => {
		const known = parts.get(path);
		const part = known ?? { leaves: [], words: new Set() };
		if (known === undefined && parts.size < MAX_PARTS) parts.set(path, part);
		part.leaves.push(leaf);
		if (leaf !== null) wordHashes(String(leaf), part.words);
		return ++leaves < MAX_LEAVES;
	});
	return parts;
}

/** Walks a value in order; `visit` answers whether to go on. */
function eachLeaf(value: unknown, root: string, visit: (path: string, leaf: Leaf) => boolean): void {
	// A list of what is still to be read, not recursion: a value may be nested deeper than the stack.
	const open: Place[] = [{ value, path: root, opensStrings: true }];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		if (next.value === undefined) continue;
		const inside = placesInside(next);
		if (inside === null && !visit(next.path, next.value as Leaf)) return;
		for (const place of inside?.reverse() ?? []) open.push(place);
	}
}

interface Place {
	readonly value: unknown;
	readonly path: string;
	/** JSON inside a string is opened once, not again inside itself. */
	readonly opensStrings: boolean;
}

/** What a value holds, in order; null for a leaf. */
function placesInside({ value, path, opensStrings }: Place): Place[] | null {
	if (typeof value === "string") {
		const inner = opensStrings ? parseJson(value) : undefined;
		if (inner === undefined || typeof inner === "string") return null;
		return [{ value: inner, path: `${path}»`, opensStrings: false }];
	}
	if (Array.isArray(value))
		return value.map((item: unknown) => ({ value: item, path: `${path}[]`, opensStrings }));
	if (typeof value !== "object" || value === null) return null;
	return Object.entries(value).map(([key, child]) => ({
		value: child as unknown,
		path: shorten(`${path}.${key}`),
		opensStrings,
	}));
}

/** Paths of a value that is nested without end would cost its depth squared. */
const MAX_PATH = 200;
const shorten = (path: string): string => (path.length > MAX_PATH ? path.slice(0, MAX_PATH) : path);

const BETWEEN_UNITS = /\n+|(?<=[.!?。！？;])\s+/u;

function unitsOf(text: string): ReadonlySet<number>[] {
	const units: ReadonlySet<number>[] = [];
	for (const unit of text.split(BETWEEN_UNITS)) {
		const words = wordHashes(unit);
		if (words.size >= MIN_UNIT_WORDS) units.push(words);
		if (units.length >= MAX_UNITS) break;
	}
	return units;
}

/** Length of a text in doublings: what many measures naturally depend on. */
export const doublings = (content: Content): number => Math.log2(1 + content.text.length);

/** The share of `needed` words that `held` holds; null where there is nothing to look for. */
export function shareHeld(needed: ReadonlySet<number>, held: ReadonlySet<number>): number | null {
	if (needed.size === 0) return null;
	let found = 0;
	for (const word of needed) if (held.has(word)) found++;
	return found / needed.size;
}

/** Jaccard similarity of two sets of words; 1 for two empty ones. */
export function similarity(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
	if (a.size === 0 && b.size === 0) return 1;
	let both = 0;
	const [small, large] = a.size < b.size ? [a, b] : [b, a];
	for (const word of small) if (large.has(word)) both++;
	return both / (a.size + b.size - both);
}

/** Whether two texts are made of the same words, each as often: they say the same, and not only speak of the same. */
export function sameWords(a: Content, b: Content): boolean {
	if (a.text === b.text) return true;
	if (a.words.size !== b.words.size) return false;
	for (const [word, count] of a.counts) if (b.counts.get(word) !== count) return false;
	return true;
}

/** Jaccard similarity of two bags of words, repetitions counted; 1 for two empty ones. */
export function likeness(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number {
	let [both, either] = [0, 0];
	for (const [word, count] of a) {
		const other = b.get(word) ?? 0;
		both += Math.min(count, other);
		either += Math.max(count, other);
	}
	for (const [word, count] of b) if (!a.has(word)) either += count;
	return either === 0 ? 1 : both / either;
}

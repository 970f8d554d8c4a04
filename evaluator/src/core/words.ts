/**
 * Splits text into words in any language, fast: evidence is mostly about which words went where.
 *
 * @module
 */

const LETTER = /[\p{L}\p{N}_]/u;
/** Scripts written without spaces. */
const UNSPACED =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

const SEPARATES = 0;
const SPACED_LETTER = 1;
const UNSPACED_LETTER = 2;
const NOT_YET_KNOWN = 3;

/** What each UTF-16 unit is, found out once: a regular expression a character would cost most of the time. */
const classes = new Uint8Array(0x1_0000).fill(NOT_YET_KNOWN);

const classify = (character: string): number =>
	!LETTER.test(character) ? SEPARATES : UNSPACED.test(character) ? UNSPACED_LETTER : SPACED_LETTER;

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800;

/**
 * Calls `visit` with the bounds of every word of a lower-cased text; scripts written without spaces are cut into pairs of characters, as
 * search engines do.
 */
function eachWord(text: string, visit: (from: number, to: number) => void): void {
	const length = text.length;
	let at = 0;
	while (at < length) {
		const from = at;
		let unspaced = false;
		while (at < length) {
			const unit = text.charCodeAt(at);
			let kind = classes[unit] ?? SEPARATES;
			let units = 1;
			if (isHighSurrogate(unit)) {
				kind = classify(text.slice(at, at + 2));
				units = 2;
			} else if (kind === NOT_YET_KNOWN) {
				kind = classify(text[at] ?? "");
				classes[unit] = kind;
			}
			if (kind === SEPARATES && !joinsDigits(text, at)) break;
			if (kind === UNSPACED_LETTER) unspaced = true;
			at += units;
		}
		if (at > from) cutWord(from, Math.min(at, length), unspaced, visit);
		at++;
	}
}

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
const JOINS_DIGITS = new Set([".", ",", ":", "/", "-"].map((mark) => mark.charCodeAt(0)));

/** Numbers, dates and versions are one word each: “5.000,00” is not “5,000.00”, nor 1.5 the same as 15. */
const joinsDigits = (text: string, at: number): boolean =>
	JOINS_DIGITS.has(text.charCodeAt(at)) &&
	isDigit(text.charCodeAt(at - 1)) &&
	isDigit(text.charCodeAt(at + 1));

function cutWord(
	from: number,
	to: number,
	unspaced: boolean,
	visit: (from: number, to: number) => void,
): void {
	if (!unspaced || to - from < 3) visit(from, to);
	else for (let at = from; at + 1 < to; at++) visit(at, at + 2);
}

/**
 * The lower-case words of a text, in order.
 *
 * @example
 * wordsOf("torch.hub.load('yolov5')"); // ["torch", "hub", "load", "yolov5"]
 */
export function wordsOf(text: string): string[] {
	const lower = text.toLowerCase();
	const words: string[] = [];
	eachWord(lower, (from, to) => words.push(lower.slice(from, to)));
	return words;
}

/** FNV-1a over UTF-16 units, 32 bits, signed: as small integers sets hold them without allocating; the same in every process. */
export const hashWord = (word: string): number => hashPart(word, 0, word.length);

function hashPart(text: string, from: number, to: number): number {
	let hash = 0x811c9dc5;
	for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
	return hash | 0;
}

/** Hashes of the distinct words of a text, without making the words. */
export function wordHashes(text: string, into: Set<number> = new Set()): Set<number> {
	const lower = text.toLowerCase();
	eachWord(lower, (from, to) => into.add(hashPart(lower, from, to)));
	return into;
}

/** Hashes of a text's words with how often each stands in it: what two texts must share to say the same, and not only speak of the same. */
export function wordCounts(text: string): ReadonlyMap<number, number> {
	const lower = text.toLowerCase();
	const counts = new Map<number, number>();
	eachWord(lower, (from, to) => {
		const hash = hashPart(lower, from, to);
		counts.set(hash, (counts.get(hash) ?? 0) + 1);
	});
	return counts;
}

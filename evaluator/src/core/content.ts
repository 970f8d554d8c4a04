/**
 * What a step's recorded input or output says, apart from how it is written: its words and its structure.
 *
 * @module
 */

/** A parsed text, read once and compared many times. */
export interface Content {
	readonly raw: string;
	/** The parsed JSON value, or undefined where the text is not JSON. */
	readonly json: unknown;
	/** The text without JSON's own punctuation and keys: its leaves, a line each. */
	readonly text: string;
	/** Hashes of the distinct words. */
	readonly words: ReadonlySet<number>;
}

const WORD = /[\p{L}\p{N}_]+/gu;
const UNSPACED =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const MAX_LEAVES = 20_000;

/**
 * Splits text into lower-case words in any language; scripts written without spaces are cut into pairs of characters, as search
 * engines do.
 *
 * @example
 * wordsOf("torch.hub.load('yolov5')"); // ["torch", "hub", "load", "yolov5"]
 */
export function wordsOf(text: string): string[] {
	const words: string[] = [];
	for (const match of text.toLowerCase().match(WORD) ?? []) {
		if (match.length < 3 || !UNSPACED.test(match)) words.push(match);
		else for (let index = 0; index + 1 < match.length; index++) words.push(match.slice(index, index + 2));
	}
	return words;
}

/** FNV-1a over UTF-16 units, 32 bits: small, and the same in every process. */
export function hashWord(word: string): number {
	let hash = 0x811c9dc5;
	for (let index = 0; index < word.length; index++) {
		hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193);
	}
	return hash >>> 0;
}

/** Reads a recorded text. Never throws: what is not JSON is taken as plain text. */
export function readContent(raw: string): Content {
	const json = parseJson(raw);
	const text = json === undefined ? raw : leavesOf(json).join("\n");
	return { raw, json, text, words: new Set(wordsOf(text).map(hashWord)) };
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
	// A list of what is still to be read, not recursion: a value may be nested deeper than the stack.
	const open = [{ value, opensStrings: true }];
	for (let next = open.pop(); next !== undefined && leaves.length < MAX_LEAVES; next = open.pop()) {
		const { value: found, opensStrings } = next;
		if (found === null || found === undefined) continue;
		if (typeof found === "string") {
			const inner = opensStrings ? parseJson(found) : undefined;
			if (inner === undefined || typeof inner === "string") leaves.push(found);
			else open.push({ value: inner, opensStrings: false });
		} else if (typeof found === "object") {
			for (const child of Object.values(found).reverse()) open.push({ value: child, opensStrings });
		} else {
			leaves.push(String(found));
		}
	}
	return leaves;
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

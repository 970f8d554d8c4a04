import { hashWord, wordsOf } from "./words.ts";

const PLACES = 1 << 16;
/** Of a long text its beginning is read. */
const MAX_CHARACTERS = 4000;
const CHARACTERS = 3;

/** The lowest bits, which are the same whatever the hash's sign. */
const placeOf = (gram: string): number => hashWord(gram) & (PLACES - 1);

/**
 * Reads a text as words, pairs of neighbouring words and runs of three characters, hashed into 65,536 places (Weinberger et al. 2009), each once: no
 * language or vocabulary is assumed, and another language or spelling shows even where no word is known.
 *
 * @example
 * gramsOf("refund my order").length; // 3 words, 2 pairs, and 6 + 2 + 5 runs of “_refund_”, “_my_”, “_order_”
 */
export function gramsOf(text: string): Int32Array {
	const grams = new Set<number>();
	let before: string | null = null;
	for (const word of wordsOf(text.slice(0, MAX_CHARACTERS))) {
		grams.add(placeOf(word));
		if (before !== null) grams.add(placeOf(`${before} ${word}`));
		before = word;
		const padded = `_${word}_`;
		for (let at = 0; at + CHARACTERS <= padded.length; at++) {
			grams.add(placeOf(`#${padded.slice(at, at + CHARACTERS)}`));
		}
	}
	return Int32Array.from(grams);
}

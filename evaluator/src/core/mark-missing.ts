import type { WordPiece } from "./diff-words.ts";
import { wordHashes } from "./words.ts";

/** A text laid over the words that something else used of it. */
export interface UsedWords {
	/** The whole text; what was not used is `removed`. */
	readonly pieces: readonly WordPiece[];
	/** Distinct words of the text, and how many of them were used. */
	readonly words: number;
	readonly used: number;
}

/**
 * What of a text arrived in another one, word by word: where something was lost between two steps, it is `removed`.
 *
 * @example
 * markMissing("ships in 5 days", "it ships: days").pieces; // same "ships ", removed "in 5 ", same "days"
 */
export function markMissing(given: string, used: string): UsedWords {
	const held = wordHashes(used);
	const words = wordHashes(given);
	const pieces: WordPiece[] = [];
	let kind: WordPiece["kind"] = "same";
	let text = "";
	for (const token of given.match(/\S+|\s+/g) ?? []) {
		// Space and marks by themselves go with the words before them.
		const own = wordHashes(token);
		const next: WordPiece["kind"] =
			own.size === 0 ? kind : [...own].every((word) => held.has(word)) ? "same" : "removed";
		if (next !== kind && text !== "") pieces.push({ kind, text });
		text = next === kind ? text + token : token;
		kind = next;
	}
	if (text !== "") pieces.push({ kind, text });
	return { pieces, words: words.size, used: [...words].filter((word) => held.has(word)).length };
}

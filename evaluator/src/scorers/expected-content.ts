import { hashWord, wordsOf } from "../core/content.ts";
import { inputLacks } from "../core/needed-words.ts";
import type { Scorer, StepView, TaskReference } from "../core/score.ts";

/**
 * Follows the content that made other runs of the same task right. A word counts as lost at this step when passing runs had it in
 * this step's output and this run does not, although nothing before the step had lost it already: so of all the steps from which
 * the words are missing, the one that lost them is named.
 */
export const expectedContent: Scorer = {
	name: "expected-content",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	declared: (kind) => (kind === "model" ? PARAPHRASED : EXACT),
	read(view) {
		if (view.step.failed) return null;
		const judged = view.sameTask.map((other) => judge(view, other)).filter((found) => found !== null);
		const best = judged.sort((a, b) => (b.kept ?? -1) - (a.kept ?? -1))[0];
		if (best === undefined) return null;
		if (best.kept === null) {
			const words = namesOf(inputLacks(view, best.other), best.other.input.text);
			return {
				value: null,
				text: `its input already lacks words that passing runs of the same task had: ${words}`,
			};
		}
		if (best.lost.size === 0) {
			return { value: 1, text: "it passed on what passing runs of the same task passed on here" };
		}
		const words = namesOf(best.lost, best.other.output.text);
		const held = [...best.lost].filter((word) => view.input.words.has(word)).length;
		const where =
			held > best.lost.size / 2 ? "its input had them, its output has not" : "its output lacks them";
		return {
			value: best.kept,
			text: `${best.lost.size} of ${best.needed} words that passing runs of the same task had here are missing: ${words} (${where})`,
		};
	},
};

/** Shares of the needed words that healthy steps keep: models put things in other words, other steps hardly. */
const PARAPHRASED = [...Array<number>(14).fill(1), 0.97, 0.95, 0.93, 0.9, 0.88, 0.85, 0.8, 0.75, 0.7, 0.6];
const EXACT = [...Array<number>(22).fill(1), 0.95, 0.85];

interface Judged {
	/** Null where the input had lost some of the words already. */
	readonly kept: number | null;
	readonly needed: number;
	readonly lost: ReadonlySet<number>;
	readonly other: TaskReference;
}

function judge(view: StepView, other: TaskReference): Judged | null {
	const needed = other.key.intersection(other.output.words);
	if (needed.size === 0) return null;
	if (inputLacks(view, other).size > 0) return { kept: null, needed: needed.size, lost: needed, other };
	const lost = new Set<number>();
	for (const word of needed) {
		if (view.output.words.has(word)) continue;
		if (view.input.words.has(word) || !other.input.words.has(word)) lost.add(word);
	}
	return { kept: 1 - lost.size / needed.size, needed: needed.size, lost, other };
}

function namesOf(words: ReadonlySet<number>, text: string): string {
	const names = [...new Set(wordsOf(text).filter((word) => words.has(hashWord(word))))];
	const shown = names.sort((a, b) => b.length - a.length).slice(0, 6);
	return shown.map((word) => `“${word}”`).join(", ") + (names.length > shown.length ? ", …" : "");
}

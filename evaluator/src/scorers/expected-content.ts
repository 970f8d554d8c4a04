import { type Content, sameWords } from "../core/content.ts";
import { rarity } from "../core/focus.ts";
import { inputLacks } from "../core/needed-words.ts";
import type { Scorer, StepView, TaskReference } from "../core/score.ts";
import { hashWord, wordsOf } from "../core/words.ts";

/**
 * Follows the content that made other runs of the same task right. A word counts as lost at this step when passing runs had it in
 * this step's output and this run does not, although nothing before the step had lost it already: so of all the steps from which
 * the words are missing, the one that lost them is named.
 */
export const expectedContent: Scorer = {
	name: "expected-content",
	version: "1",
	sort: "firm",
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
			const given = Math.log2(1 + view.sameTask.length);
			return { value: 1, given, text: "it passed on what passing runs of the same task passed on here" };
		}
		const words = namesOf(best.lost, best.other.output.text);
		const held = [...best.lost].filter((word) => view.input.words.has(word)).length;
		const where =
			held > best.lost.size / 2 ? "its input had them, its output has not" : "its output lacks them";
		return {
			value: best.kept,
			sort: passesOnUsually(best.lost, view) ? "firm" : "local",
			given: Math.log2(1 + view.sameTask.length),
			text: `${best.lost.size} of ${best.needed} words that passing runs of the same task had here are missing: ${words} (${where})`,
		};
	},
};

/** Whether a step's output still holds what made other runs of the task right, whoever lost it. */
export const expectedAnswer: Scorer = {
	name: "expected-answer",
	version: "1",
	sort: "inherited",
	reads: "measure",
	strange: "low",
	declared: (kind) => (kind === "model" ? PARAPHRASED : EXACT),
	read(view) {
		if (view.step.failed || view.step.kind === "edge" || view.step.kind === "input") return null;
		const shares = view.sameTask.flatMap((other) => weightHeld(view, other) ?? []);
		if (shares.length === 0) return null;
		const value = Math.max(...shares);
		return {
			value,
			given: Math.log2(1 + view.sameTask.length),
			text: `its output holds ${Math.round(value * 100)} % of the words that made passing runs of the same task right here`,
		};
	},
};

/** Shares of the needed words that healthy steps keep: models put things in other words, other steps hardly. */
const PARAPHRASED = [...Array<number>(14).fill(1), 0.97, 0.95, 0.93, 0.9, 0.88, 0.85, 0.8, 0.75, 0.7, 0.6];
const EXACT = [...Array<number>(22).fill(1), 0.95, 0.85];

const BRINGS_IN = new Set(["retrieval", "tool_call"]);

interface Judged {
	/** Null where the input had lost some of the words already. */
	readonly kept: number | null;
	readonly needed: number;
	readonly lost: ReadonlySet<number>;
	readonly other: TaskReference;
}

/** Share of the needed words that the output holds, rare words weighing more: the one number that was asked for is the answer. */
function weightHeld({ output, reference }: StepView, other: TaskReference): number | null {
	let [held, weight] = [0, 0];
	for (const word of other.key) {
		if (!other.output.words.has(word)) continue;
		const rare = Math.max(0.1, rarity(word, reference));
		weight += rare;
		if (output.words.has(word)) held += rare;
	}
	return weight === 0 ? null : held / weight;
}

const PASSES_ON = 0.9;

/**
 * Whether what was lost stood where the step usually passes on everything. A step that selects (the first documents, the longest lines) loses
 * what it is given in another order, which is not its own doing.
 */
function passesOnUsually(lost: ReadonlySet<number>, { input, reference }: StepView): boolean {
	if (reference === null) return true;
	for (const [path, { words }] of input.parts) {
		const usual = reference.profile.kept.get(path)?.ascending;
		if (usual === undefined || usual.length === 0 || lost.isDisjointFrom(words)) continue;
		if ((usual[usual.length >> 1] ?? 0) >= PASSES_ON) return true;
	}
	return [...lost].every((word) => !input.words.has(word));
}

/**
 * Of several steps that gave something, the last one that gave the word: where it was another one in the passing run, that one no longer says
 * it, and the hand-off is not to blame.
 */
function ownerOf(word: number, { parts }: Content): string {
	let owner = "";
	for (const [path, { words }] of parts) if (words.has(word)) owner = path.split(/[.[»]/, 2)[1] ?? "";
	return owner;
}

function judge(view: StepView, other: TaskReference): Judged | null {
	// What brings facts in must also name what was asked about: a result that names nothing is of no use to whoever reads it.
	const wanted = BRINGS_IN.has(view.step.kind) ? other.key.union(view.question.words) : other.key;
	const held = wanted.intersection(other.output.words);
	if (held.size === 0) return null;
	if (inputLacks(view, other).size > 0) return { kept: null, needed: held.size, lost: held, other };
	const same = sameWords(view.input, other.input);
	// A model puts things in words of its own: what it took from its prompt are the facts. And what it says depends on all that it was told:
	// with another prompt, other words are no loss of its own.
	const needed = view.step.kind === "model" ? held.intersection(other.input.words) : held;
	if (needed.size === 0 || (view.step.kind === "model" && !same)) return null;
	const lost = new Set<number>();
	let [lostWeight, weight] = [0, 0];
	for (const word of needed) {
		const rare = Math.max(0.1, rarity(word, view.reference));
		weight += rare;
		if (view.output.words.has(word)) continue;
		// A word that is in neither input was made here; with another input, another one may be right.
		if (!view.input.words.has(word) && (other.input.words.has(word) || !same)) continue;
		if (view.step.kind === "edge" && ownerOf(word, view.input) !== ownerOf(word, other.input)) continue;
		lost.add(word);
		lostWeight += rare;
	}
	return { kept: 1 - lostWeight / weight, needed: needed.size, lost, other };
}

function namesOf(words: ReadonlySet<number>, text: string): string {
	const names = [...new Set(wordsOf(text).filter((word) => words.has(hashWord(word))))];
	const shown = names.sort((a, b) => b.length - a.length).slice(0, 6);
	return shown.map((word) => `“${word}”`).join(", ") + (names.length > shown.length ? ", …" : "");
}

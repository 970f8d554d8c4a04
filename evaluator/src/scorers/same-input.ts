import { type Content, likeness, sameWords } from "../core/content.ts";
import { knownPart } from "../core/known-part.ts";
import type { Scorer } from "../core/score.ts";

/** Similarities of healthy repetitions: models draw their words, other steps repeat themselves. */
const SAMPLED = [
	1, 1, 1, 1, 1, 1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2,
];
const DETERMINISTIC = [...Array<number>(21).fill(1), 0.95, 0.8];

/** Compares with passing runs of the same task that gave this step the same input: what differs then is the step's own doing. */
export const sameInput: Scorer = {
	name: "same-input",
	version: "1",
	sort: "firm",
	reads: "measure",
	strange: "low",
	declared: (kind) => (kind === "model" ? SAMPLED : DETERMINISTIC),
	read(view) {
		if (view.step.failed) return null;
		const alike = view.sameTask.filter((other) => sameWords(view.input, other.input));
		if (alike.length === 0) return null;
		const output = knownPart(view.output, view.reference);
		const value = Math.max(...alike.map((other) => outputLikeness(output, other.output)));
		return {
			value,
			given: Math.log2(1 + alike.length),
			text: `given the same input as in a passing run, its output shares ${Math.round(value * 100)} % of the words`,
		};
	},
};

/** The same whatever the input was: where runs of a task part from each other, and all that follows from it. */
export const sameTask: Scorer = {
	name: "same-task",
	version: "1",
	sort: "inherited",
	reads: "measure",
	strange: "low",
	declared: (kind) => (kind === "model" ? SAMPLED : DETERMINISTIC),
	read(view) {
		if (view.step.failed || view.step.kind === "edge" || view.step.kind === "input") return null;
		if (view.sameTask.length === 0) return null;
		const output = knownPart(view.output, view.reference);
		const value = Math.max(...view.sameTask.map((other) => outputLikeness(output, other.output)));
		return {
			value,
			given: Math.log2(1 + view.sameTask.length),
			text: `its output shares ${Math.round(value * 100)} % of the words with what passing runs of the same task had here`,
		};
	},
};

/** Shared words; of lists half of it by what stands at the same place, because a list in another order is another list. */
function outputLikeness(a: Content, b: Content): number {
	if (a.raw === b.raw) return 1;
	const words = likeness(a.counts, b.counts);
	if (!Array.isArray(a.json) || !Array.isArray(b.json)) return words;
	const length = Math.max(a.json.length, b.json.length);
	if (length < 2) return words;
	const other = b.json as readonly unknown[];
	const inPlace = a.json.filter((item, at) => JSON.stringify(item) === JSON.stringify(other[at])).length;
	return (words + inPlace / length) / 2;
}

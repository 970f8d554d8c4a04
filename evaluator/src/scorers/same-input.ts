import { similarity } from "../core/content.ts";
import { inputLacks } from "../core/needed-words.ts";
import type { Scorer } from "../core/score.ts";

const SAME = 0.98;
/** Similarities of healthy repetitions: models draw their words, other steps repeat themselves. */
const SAMPLED = [
	1, 1, 1, 1, 1, 1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2,
];
const DETERMINISTIC = [...Array<number>(21).fill(1), 0.95, 0.8];

/** Compares with passing runs of the same task that gave this step the same input: what differs then is the step's own doing. */
export const sameInput: Scorer = {
	name: "same-input",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	declared: (kind) => (kind === "model" ? SAMPLED : DETERMINISTIC),
	read(view) {
		if (view.step.failed) return null;
		const alike = view.sameTask.filter(
			(other) =>
				similarity(view.input.words, other.input.words) >= SAME && inputLacks(view, other).size === 0,
		);
		if (alike.length === 0) return null;
		const value = Math.max(...alike.map((other) => similarity(view.output.words, other.output.words)));
		return {
			value,
			text: `given the same input as in a passing run, its output shares ${Math.round(value * 100)} % of the words`,
		};
	},
};

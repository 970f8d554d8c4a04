import { isUsual } from "../core/reference.ts";
import type { Scorer, StepView } from "../core/score.ts";

/** How much of what a step received comes from what it was given, or from anything said before: the rest was changed or made up on the way. */
export const handOffExplained: Scorer = {
	name: "hand-off-explained",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, input, output, question, sources, reference }) {
		if (step.kind !== "edge" || output.words.size === 0) return null;
		let explained = 0;
		for (const word of output.words)
			if (
				input.words.has(word) ||
				question.words.has(word) ||
				isUsual(word, reference) ||
				wasSaid(word, sources)
			)
				explained++;
		const value = explained / output.words.size;
		return { value, text: `${Math.round(value * 100)} % of the words that arrived had been given or asked` };
	},
};

/** In the inputs of the steps that gave it: they had it too, though they did not pass it on themselves. */
const wasSaid = (word: number, sources: readonly StepView[]): boolean =>
	sources.some((source) => source.input.words.has(word));

import type { Content } from "../core/content.ts";
import { rarity } from "../core/focus.ts";
import type { Scorer, StepView } from "../core/score.ts";

/** How much of the query's rare words the retrieved documents hold. Words are weighted by how seldom this component returns them. */
export const retrievalRelevance: Scorer = {
	name: "retrieval-relevance",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read(view) {
		if (view.step.kind !== "retrieval" || view.output.raw === "") return null;
		const value = coverage(view.input.words.size > 0 ? view.input : view.question, view);
		if (value === null) return null;
		return { value, text: `its documents hold ${Math.round(value * 100)} % of the query's weighted words` };
	},
};

/** How much of the question's rare words a model's answer takes up. */
export const answerRelevance: Scorer = {
	name: "answer-relevance",
	version: "1",
	sort: "inherited",
	reads: "measure",
	strange: "low",
	read(view) {
		if (view.step.kind !== "model" || view.output.raw === "") return null;
		const value = coverage(view.question, view);
		if (value === null) return null;
		return {
			value,
			text: `its answer takes up ${Math.round(value * 100)} % of the question's weighted words`,
		};
	},
};

function coverage(asked: Content, { output, reference }: StepView): number | null {
	let total = 0;
	let held = 0;
	for (const word of asked.words) {
		const weight = rarity(word, reference);
		total += weight;
		if (output.words.has(word)) held += weight;
	}
	return total === 0 ? null : held / total;
}

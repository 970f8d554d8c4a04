import { shareHeld } from "../core/content.ts";
import { focusOf } from "../core/focus.ts";
import type { Scorer } from "../core/score.ts";

const KINDS = new Set(["prompt_build", "post_process", "custom", "retrieval", "edge"]);

/** Whether what bears most on the question was passed on: the sentences of the input that share its rare words. */
export const focusKept: Scorer = {
	name: "focus-kept",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, input, output, question, reference }) {
		if (!KINDS.has(step.kind) || output.raw === "" || input.units.length < 2) return null;
		const focus = focusOf(input, question, reference);
		if (focus.length === 0) return null;
		const shares = focus.map((unit) => shareHeld(unit, output.words) ?? 0);
		const value = shares.reduce((sum, share) => sum + share, 0) / shares.length;
		return {
			value,
			text: `${Math.round(value * 100)} % of the words of what bears most on the question are in what it passed on`,
		};
	},
};

/** Whether a model's answer is made of what bears most on the question, or of something else in its prompt, or of nothing in it. */
export const answerFocus: Scorer = {
	name: "answer-focus",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, input, output, question, reference }) {
		if (step.kind !== "model" || output.raw === "" || input.raw === "") return null;
		const focus = focusOf(input, question, reference);
		if (focus.length === 0) return null;
		const executions = reference?.executions ?? 0;
		const said = new Set(
			[...output.words].filter(
				(word) =>
					!question.words.has(word) &&
					(reference?.wordCounts.get(word) ?? 0) < 0.3 * Math.max(10, executions),
			),
		);
		if (said.size === 0) return null;
		const value = Math.max(...focus.map((unit) => shareHeld(said, unit) ?? 0));
		return {
			value,
			text: `${Math.round(value * 100)} % of what its answer says stands where its prompt bears most on the question`,
		};
	},
};

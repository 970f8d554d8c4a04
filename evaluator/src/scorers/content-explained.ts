import { isUsual } from "../core/reference.ts";
import type { Scorer, StepView } from "../core/score.ts";

const PASSES_ON = new Set(["prompt_build", "post_process", "render", "custom"]);

/** How much of what went out came in: text that a step made up. */
export const contentExplained: Scorer = {
	name: "content-explained",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read: (view) => (PASSES_ON.has(view.step.kind) ? explainedShare(view) : null),
};

/** The same of a model's answer: where its prompt lacks what it needs, it must speak in words of its own, so a bad prompt spoils it too. */
export const answerExplained: Scorer = {
	name: "answer-explained",
	version: "1",
	sort: "inherited",
	reads: "measure",
	strange: "low",
	read: (view) => (view.step.kind === "model" ? explainedShare(view) : null),
};

function explainedShare({ input, output, reference }: StepView): ReturnType<Scorer["read"]> {
	if (input.raw === "" || output.words.size === 0) return null;
	let explained = 0;
	for (const word of output.words) if (input.words.has(word) || isUsual(word, reference)) explained++;
	const value = explained / output.words.size;
	return {
		value,
		text: `${Math.round(value * 100)} % of the words in its output come from its input or are its usual ones`,
	};
}

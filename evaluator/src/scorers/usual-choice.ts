import { leastExpectedChoice } from "../core/choice.ts";
import type { Scorer } from "../core/score.ts";

const KINDS = new Set(["custom", "agent", "model", "post_process", "tool_call"]);

/** Whether a step that chooses (a router, an agent, a classifier) chose what inputs like this one usually get. */
export const usualChoice: Scorer = {
	name: "usual-choice",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, input, output, reference, isReference }) {
		if (!KINDS.has(step.kind) || step.failed || reference === null || input.raw === "") return null;
		const least = leastExpectedChoice({ input, output }, reference.choices, isReference);
		if (least === null) return null;
		return { value: Math.log(Math.max(1e-9, least.probability)), text: least.text };
	},
};

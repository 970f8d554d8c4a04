import { doublings, shareHeld } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";

const KINDS = new Set(["prompt_build", "post_process", "render", "model"]);

/** How much of what went out came in: text that a step made up. */
export const contentExplained: Scorer = {
	name: "content-explained",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, input, output }) {
		if (!KINDS.has(step.kind) || input.raw === "") return null;
		const value = shareHeld(output.words, input.words);
		if (value === null) return null;
		return {
			value,
			given: doublings(input),
			text: `${Math.round(value * 100)} % of the words in its output come from its input`,
		};
	},
};

import { doublings, shareHeld } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";

const KINDS = new Set(["prompt_build", "post_process", "render"]);

/** How much of what came in went out: prompts that lose documents, answers that lose sentences. */
export const contentKept: Scorer = {
	name: "content-kept",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "low",
	read({ step, input, output, sources }) {
		if (!KINDS.has(step.kind) || output.raw === "") return null;
		const needed =
			input.raw !== "" ? input.words : new Set(sources.flatMap((source) => [...source.output.words]));
		const value = shareHeld(needed, output.words);
		if (value === null) return null;
		return {
			value,
			given: doublings(input),
			text: `${Math.round(value * 100)} % of the words that it was given are in what it passed on`,
		};
	},
};

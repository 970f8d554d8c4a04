import { ATTR } from "@faultline/instrumentation/attributes";
import type { Scorer } from "../core/score.ts";

/** The share of its token limit that a prompt uses: at 1 something was cut, or will be. */
export const promptBudget: Scorer = {
	name: "prompt-budget",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "high",
	read({ step }) {
		if (step.kind !== "prompt_build") return null;
		const tokens = Number(step.attributes[ATTR.promptTokens]);
		const limit = Number(step.attributes[ATTR.promptTokenLimit]);
		if (!(tokens >= 0 && limit > 0 && Number.isFinite(tokens / limit))) return null;
		return { value: tokens / limit, text: `its prompt uses ${tokens} of ${limit} tokens` };
	},
};

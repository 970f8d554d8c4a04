import { strangestValue } from "../core/profile.ts";
import type { Scorer } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

const KINDS = new Set(["tool_call", "retrieval", "post_process", "custom", "agent"]);

/** Which value of its output is least like what usually stands there: its type, how it is written, its size, how many there are. */
export const usualValues: Scorer = {
	name: "usual-values",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "high",
	read({ step, output, reference, isReference }) {
		if (!KINDS.has(step.kind) || step.failed || reference === null || isCut(step, "output")) return null;
		const strangest = strangestValue(output, reference.profile, isReference);
		return strangest === null ? null : { value: strangest.z, text: strangest.text };
	},
};

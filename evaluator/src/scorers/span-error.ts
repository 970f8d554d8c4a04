import { readContent, similarity } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";

/** The step ended in an error, unless a retry with the same input succeeded. */
export const spanError: Scorer = {
	name: "span-error",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read(view) {
		const { step, input } = view;
		if (step.kind === "edge" || step.kind === "input") return null;
		if (!step.failed) return { value: 1, text: "it ended without an error" };
		const retried = view.later.some(
			(other) => !other.failed && similarity(readContent(other.input).words, input.words) > 0.98,
		);
		if (retried) return { value: 1, text: "it failed, and a retry succeeded" };
		return { value: 0, text: `it ended in an error: ${step.statusMessage || "no message was recorded"}` };
	},
};

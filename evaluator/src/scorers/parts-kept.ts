import { type LeastKept, leastKept } from "../core/profile.ts";
import type { Scorer, StepView } from "../core/score.ts";

const KINDS = new Set(["prompt_build", "post_process", "render", "custom", "retrieval"]);

/** A part of which healthy executions pass on at least this share is passed on whole. */
const PASSES_ON = 0.95;

/**
 * Which part of what it was given a step passed on least, beside what it usually passes on of that part: a template that stops before the
 * last document, an answer whose sources are dropped, a hand-off that loses a field.
 */
export const partsKept: Scorer = {
	name: "parts-kept",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "high",
	read(view) {
		const least = KINDS.has(view.step.kind) ? leastKeptOf(view) : null;
		if (least === null) return null;
		// A step that selects loses other things of another input; one that passes everything on does not.
		return { value: least.z, text: least.text, sort: least.usual >= PASSES_ON ? "firm" : "local" };
	},
};

/** The same of what other steps gave it and what arrived. */
export const handOffKept: Scorer = {
	name: "hand-off-kept",
	version: "1",
	sort: "firm",
	reads: "measure",
	strange: "high",
	read(view) {
		const least = view.step.kind === "edge" ? leastKeptOf(view) : null;
		return least === null ? null : { value: least.z, text: least.text };
	},
};

function leastKeptOf({ input, output, reference, isReference }: StepView): LeastKept | null {
	if (reference === null || input.raw === "") return null;
	return leastKept({ input, output }, reference.profile, isReference);
}

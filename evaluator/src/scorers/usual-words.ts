import type { ComponentReference, Scorer } from "../core/score.ts";

const KINDS = new Set(["prompt_build"]);
/** A word belongs to the template when this share of the healthy outputs holds it. */
const TEMPLATE_SHARE = 0.98;
const MIN_EXECUTIONS = 20;
const MIN_WORDS = 3;

/** How much of what stands in every healthy output, whatever the input, stands in this one: a template that lost a section. */
export const usualWords: Scorer = {
	name: "usual-words",
	version: "1",
	sort: "firm",
	reads: "measure",
	strange: "low",
	read({ step, output, reference }) {
		if (!KINDS.has(step.kind) || step.failed || output.raw === "" || reference === null) return null;
		if (reference.executions < MIN_EXECUTIONS) return null;
		const template = templateOf(reference);
		if (template.length < MIN_WORDS) return null;
		const held = template.filter((word) => output.words.has(word)).length;
		const value = held / template.length;
		return {
			value,
			text: `${template.length - held} of the ${template.length} words that stand in every healthy output are missing`,
		};
	},
};

const templates = new WeakMap<ComponentReference, readonly number[]>();

function templateOf(reference: ComponentReference): readonly number[] {
	const known = templates.get(reference);
	if (known !== undefined) return known;
	const words = [...reference.addedWords]
		.filter(([, count]) => count >= TEMPLATE_SHARE * reference.executions)
		.map(([word]) => word);
	templates.set(reference, words);
	return words;
}

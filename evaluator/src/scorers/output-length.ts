import { doublings } from "../core/content.ts";
import { knownPart } from "../core/known-part.ts";
import type { Scorer } from "../core/score.ts";

const GENERATES = new Set(["retrieval", "tool_call"]);
const PASSES_ON = new Set(["prompt_build", "post_process", "render"]);

/** Length of what a retrieval or a tool returned, in doublings. */
export const outputLength: Scorer = {
	name: "output-length",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "both",
	read({ step, output, reference }) {
		if (!GENERATES.has(step.kind) || output.raw === "") return null;
		const known = knownPart(output, reference);
		return { value: doublings(known), text: `its output has ${known.text.length} characters` };
	},
};

/** Length of a model's answer: it depends on what the model was given, so it is judged in itself. */
export const answerLength: Scorer = {
	name: "answer-length",
	version: "1",
	sort: "inherited",
	reads: "measure",
	strange: "both",
	read({ step, output }) {
		if (step.kind !== "model" || output.raw === "") return null;
		return {
			value: doublings(output),
			text: `its answer has ${output.text.length} characters`,
		};
	},
};

/** Length of the output over that of the input, in doublings, for steps that pass content on. */
export const lengthRatio: Scorer = {
	name: "length-ratio",
	version: "1",
	sort: "local",
	reads: "measure",
	strange: "both",
	read({ step, input, output }) {
		if (!PASSES_ON.has(step.kind) || input.text.length === 0 || output.raw === "") return null;
		const value = doublings(output) - doublings(input);
		return {
			value,
			given: doublings(input),
			text: `its output is ${(2 ** value).toFixed(2)} times as long as its input`,
		};
	},
};

import type { Scorer } from "../core/score.ts";

const EMPTY = new Set(["", '""', "[]", "{}", "null"]);

/** The step had an input and gave nothing. */
export const emptyOutput: Scorer = {
	name: "empty-output",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, input, output }) {
		if (step.kind === "edge" || step.kind === "input") return null;
		const recorded = output.raw !== "";
		if (!recorded && (input.raw === "" || step.failed)) return null;
		if (!recorded) return { value: null, text: "no output was recorded" };
		// That a tool found nothing is a result, which `empty-result` holds against what is usual.
		if (step.kind === "tool_call" && output.json !== undefined && output.json !== "" && output.json !== null)
			return { value: 1, text: "it gave an output" };
		if (EMPTY.has(output.raw.trim())) return { value: 0, text: `its output is empty (${output.raw.trim()})` };
		return { value: 1, text: "it gave an output" };
	},
};

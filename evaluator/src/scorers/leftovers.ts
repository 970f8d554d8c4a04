import type { Scorer } from "../core/score.ts";

const MARKS: readonly (readonly [RegExp, string])[] = [
	[/\[object [A-Z]\w*\]/, "[object …]"],
	[/\bundefined\b/, "undefined"],
	[/\bNaN\b/, "NaN"],
	[/\{\{\s*[\w.]+\s*\}\}/, "{{…}}"],
	[/\$\{\s*[\w.]+\s*\}/, "$" + "{…}"],
	[/(?:Ã[©¨¤¶¼]|â€[™œ“])/, "mojibake"],
	[/\uFFFD/, "�"],
];
const KINDS = new Set(["prompt_build", "post_process", "render"]);

/** Traces of broken templates and encodings that the step's own input does not explain. */
export const leftovers: Scorer = {
	name: "leftovers",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read({ step, input, output }) {
		if (!KINDS.has(step.kind) || output.raw === "") return null;
		const found = MARKS.filter(([mark]) => mark.test(output.text) && !mark.test(input.text));
		if (found.length === 0) return { value: 1, text: "no unfilled placeholder is left in its output" };
		const names = found.map(([, name]) => `“${name}”`).join(", ");
		return { value: 0, text: `its output holds ${names}, which its input does not` };
	},
};

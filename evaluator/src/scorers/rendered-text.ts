import { type Content, leavesOf, parseJson } from "../core/content.ts";
import { readModelTurn } from "../core/model-turn.ts";
import type { Scorer, StepView } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

const PASSES_ON = new Set(["post_process", "render"]);

/** `](target)` of Markdown, and `href` or `src` of HTML. */
const TARGET = /\]\(([^()\s]{0,300})\)|\b(?:href|src)=(?:"([^"]{0,300})"|'([^']{0,300})')/g;
const DEAD =
	/^(?:|#?undefined|#?null|NaN|\[object .{0,20}|about:blank|javascript:void\(0\);?|https?:\/\/|.{0,200}\/(?:undefined|null|NaN|\[object)(?:[/?#].{0,100})?|\{\{.{0,80}|\$\{.{0,80})$/;

/** Links that lead nowhere, in Markdown and HTML. */
export const links: Scorer = {
	name: "links",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read({ step, input, output }) {
		if (!PASSES_ON.has(step.kind) || output.raw === "") return null;
		const targets = [...output.text.matchAll(TARGET)].map(([whole, ...found]) => ({
			whole,
			target: found.find((one) => one !== undefined) ?? "",
		}));
		if (targets.length === 0) return null;
		const dead = targets.filter(
			({ whole, target }) => DEAD.test(target.trim()) && !input.text.includes(whole),
		);
		const [first] = dead;
		if (first === undefined) return { value: 1, text: `its ${targets.length} links have a target` };
		return { value: 0, text: `${dead.length} of its ${targets.length} links lead nowhere: ${first.whole}` };
	},
};

/** What a parser gives back when it could not parse: JSON as text, with its fence or its braces, or half of it. */
export const unparsed: Scorer = {
	name: "unparsed",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read(view) {
		const { step, output } = view;
		if (step.kind !== "post_process" || output.raw === "" || isCut(step, "output")) return null;
		const broken = leavesIn(output).find((leaf) => looksUnparsed(leaf));
		if (broken === undefined) return { value: 1, text: "nothing in its output is JSON that was not parsed" };
		if (isHandedOn(broken, view)) return null;
		return { value: 0, text: `its output holds JSON that it did not parse: “${broken.slice(0, 80)}”` };
	},
};

/** Bare words and broken JSON count as one leaf: the text itself. */
const leavesIn = (output: Content): readonly string[] =>
	output.json === undefined ? [output.raw] : leavesOf(output.json).slice(0, 200);

function looksUnparsed(leaf: string): boolean {
	const text = leaf.trimStart();
	if (text.startsWith("```json")) return true;
	return /^[{[]\s*"/.test(text) && /"\s*:/.test(text.slice(0, 200)) && parseJson(text) === undefined;
}

/** A field that came in like this, and is not what a model said, was not the step's to parse. */
function isHandedOn(leaf: string, { sources }: StepView): boolean {
	const givers = sources.flatMap((source) => (source.step.kind === "edge" ? source.sources : [source]));
	const models = givers.filter(({ step }) => step.kind === "model");
	return models.length > 0 && !models.some(({ output }) => readModelTurn(output).text.includes(leaf.trim()));
}

import { type DefaultTreeAdapterTypes, html as names, parseFragment } from "parse5";
import { parseJson } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

const LOOKS_LIKE_HTML = /<[a-z][^>]*>/i;
/** Elements that need no end tag: void ones, and those whose end tag the specification lets one omit. */
const NEED_NO_END = new Set(
	"area base br col embed hr img input link meta source track wbr body caption colgroup dd dt head html li optgroup option p rp rt tbody td tfoot th thead tr".split(
		" ",
	),
);

/** Rendered HTML that a browser would have to mend (parse errors of the HTML specification) or whose links lead nowhere. */
export const markup: Scorer = {
	name: "markup",
	version: "1",
	sort: "local",
	reads: "contract",
	strange: "low",
	read({ step, output }) {
		if (step.kind !== "render" || output.raw === "") return null;
		const parsed = parseJson(output.raw);
		const html = typeof parsed === "string" ? parsed : output.text;
		if (!LOOKS_LIKE_HTML.test(html)) return null;
		if (isCut(step, "output")) return { value: null, text: "its output is too long to be recorded whole" };
		const errors: string[] = [];
		const tree = parseFragment(html, {
			onParseError: (error) => errors.push(error.code),
			sourceCodeLocationInfo: true,
		});
		for (const name of unclosedElements(tree)) errors.push(`<${name}> is not closed`);
		const deadLinks = html.match(/href=(?:"\s*"|"(?:undefined|null|\[object[^"]*)")/g)?.length ?? 0;
		if (deadLinks > 0) errors.push(`${deadLinks} links without a target`);
		if (errors.length === 0) return { value: 1, text: "its markup is well formed" };
		return { value: 0, text: `its markup is broken: ${[...new Set(errors)].slice(0, 3).join(", ")}` };
	},
};

/** Elements without an end tag: the parser mends them without calling it an error. */
function unclosedElements(tree: DefaultTreeAdapterTypes.DocumentFragment): string[] {
	const unclosed: string[] = [];
	const open: DefaultTreeAdapterTypes.Node[] = [tree];
	for (let node = open.pop(); node !== undefined; node = open.pop()) {
		if ("childNodes" in node) for (const child of node.childNodes) open.push(child);
		if (!("tagName" in node) || node.namespaceURI !== names.NS.HTML || NEED_NO_END.has(node.tagName))
			continue;
		if (node.sourceCodeLocation && !node.sourceCodeLocation.endTag) unclosed.push(node.tagName);
	}
	return unclosed;
}

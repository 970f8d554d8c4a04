import { parseFragment } from "parse5";
import { parseJson } from "../core/content.ts";
import type { Scorer } from "../core/score.ts";

const LOOKS_LIKE_HTML = /<[a-z][^>]*>/i;

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
		const errors: string[] = [];
		parseFragment(html, { onParseError: (error) => errors.push(error.code) });
		const deadLinks = html.match(/href=(?:"\s*"|"(?:undefined|null|\[object[^"]*)")/g)?.length ?? 0;
		if (deadLinks > 0) errors.push(`${deadLinks} links without a target`);
		if (errors.length === 0) return { value: 1, text: "its markup is well formed" };
		return { value: 0, text: `its markup is broken: ${[...new Set(errors)].slice(0, 3).join(", ")}` };
	},
};

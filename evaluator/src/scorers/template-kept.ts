import { ATTR } from "@faultline/instrumentation/attributes";
import { type Content, parseJson } from "../core/content.ts";
import type { Scorer, StepView } from "../core/score.ts";
import { isCut } from "../core/trace.ts";

/** `{{ name }}`, `{name}`, `${name}`, `%(name)s`, `<%= name %>`: what template languages put in for a value. */
const PLACEHOLDER = /\{\{[^{}]{0,80}\}\}|\$?\{[\w.]{1,80}\}|%\([\w.]{1,80}\)s|<%=[^%]{0,80}%>/g;
/** Sections that come and go with the values: then what is missing need not be lost. */
const HAS_LOGIC = /\{%|\{\{[#^/]|<%[^=]/;
const MIN_LITERAL = 12;
const SHOWN = 60;

/** The declared template's own text against the prompt: a section that is gone, an end that was cut off. */
export const templateKept: Scorer = {
	name: "template-kept",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read({ step, output }) {
		const template = step.kind === "prompt_build" ? step.attributes[ATTR.promptTemplate] : undefined;
		if (!template || output.raw === "" || isCut(step, "output")) return null;
		const literals = literalsOf(template);
		if (literals.length === 0) return null;
		let lost = literals.filter((literal) => !output.text.includes(literal));
		if (lost.length > 0) {
			// Wrapped otherwise, perhaps: to take the white space out costs more than all the rest.
			const prompt = flat(output.text);
			lost = lost.filter((literal) => !prompt.includes(literal));
		}
		if (lost.length === 0) return { value: 1, text: "its prompt holds all of its template's own text" };
		// A template whose every line is written otherwise (translated, rewrapped) is not what this prompt was made from.
		if (lost.length === literals.length && literals.length > 1)
			return { value: null, text: "its prompt holds nothing of its declared template" };
		const last = lost.at(-1) ?? "";
		const where = lost.length > 1 || last !== literals.at(-1) ? "" : ", its end";
		return {
			value: 0,
			text: `${lost.length} of ${literals.length} parts of its template are not in its prompt${where}: “${last.slice(0, SHOWN)}”`,
		};
	},
};

const known = new Map<string, readonly string[]>();
const MAX_TEMPLATES = 500;

/** The lines of a template between its placeholders that are long enough to be told; none where it has logic. */
function literalsOf(template: string): readonly string[] {
	const found = known.get(template);
	if (found !== undefined) return found;
	if (known.size >= MAX_TEMPLATES) known.clear();
	const literals = HAS_LOGIC.test(template)
		? []
		: template
				.split(PLACEHOLDER)
				.flatMap((part) => part.split("\n"))
				.map(flat)
				.filter((line) => line.length >= MIN_LITERAL);
	known.set(template, literals);
	return literals;
}

/** White space and quotation of quotes are how a text is stored, not what it says. */
const flat = (text: string): string => text.replace(/\s+/g, " ").trim();

/** The values that the template was given against the prompt: one that never got into it. */
export const variablesKept: Scorer = {
	name: "variables-kept",
	version: "1",
	sort: "firm",
	reads: "contract",
	strange: "low",
	read(view) {
		const { step, output } = view;
		const recorded = step.kind === "prompt_build" ? step.attributes[ATTR.promptVariables] : undefined;
		const variables = recorded === undefined ? undefined : parseJson(recorded);
		if (typeof variables !== "object" || variables === null || output.raw === "" || isCut(step, "output"))
			return null;
		const lost = Object.entries(variables)
			.filter(([, value]) => isLost(value, output))
			.map(([name]) => name);
		const unset = unsetOf(view, variables);
		if (lost.length + unset.length === 0)
			return { value: 1, text: "every variable of its template is in its prompt" };
		const named = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
		const parts = [
			...(lost.length === 0 ? [] : [`the value of ${named(lost)} is not in its prompt`]),
			...(unset.length === 0 ? [] : [`${named(unset)} had no value`]),
		];
		return { value: 0, text: parts.join("; ") };
	},
};

/** Only texts and numbers are looked for as they stand: how a list or an object is written is the template's affair. */
function isLost(value: unknown, output: Content): boolean {
	if (typeof value === "number") return !output.text.includes(String(value));
	if (typeof value !== "string") return false;
	const text = value.trim().slice(0, SHOWN);
	return text.length > 2 && !output.text.includes(text) && !flat(output.text).includes(flat(text));
}

function unsetOf({ step }: StepView, variables: object): string[] {
	const template = step.attributes[ATTR.promptTemplate] ?? "";
	if (template === "" || HAS_LOGIC.test(template)) return [];
	const names = [...template.matchAll(/\{\{\s*(\w{1,60})\s*\}\}/g)].map(([, name]) => name ?? "");
	const values = variables as Readonly<Record<string, unknown>>;
	return [...new Set(names)].filter((name) => name in values && (values[name] ?? null) === null);
}

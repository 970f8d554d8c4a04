import { step } from "./step.ts";
import { tokenCounter } from "./token-counter.ts";

/** The names between double braces in a template's text. */
export type VariablesOf<T extends string> = string extends T
	? string
	: T extends `${string}{{${infer Name}}}${infer Rest}`
		? Trim<Name> | VariablesOf<Rest>
		: never;

type Trim<T extends string> = T extends ` ${infer Rest}`
	? Trim<Rest>
	: T extends `${infer Rest} `
		? Trim<Rest>
		: T;

export interface PromptTemplateOptions {
	/** Default: the first 12 hexadecimal digits of the template's SHA-256. */
	readonly version?: string;
	/** Counts tokens with the tokenizer of this model, where the application has `gpt-tokenizer` installed. */
	readonly model?: string;
	/** Counts tokens with a tokenizer of your own; wins over `model`. */
	readonly countTokens?: (text: string) => number;
	/** Most tokens that the prompt may have; recorded, not enforced. */
	readonly tokenLimit?: number;
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * A template whose every filling is a prompt-building step that records template, version, variables and tokens. The
 * names of the variables are checked by the compiler, and again when it runs.
 *
 * @throws Error where a variable of the template has no value.
 * @example
 * const prompt = promptTemplate("answer_prompt", "Answer from these pages:\n{{pages}}\n\n{{question}}", {
 *   model: "gpt-5", tokenLimit: 8_000 });
 * prompt({ pages: pages.join("\n"), question });
 */
export function promptTemplate<const T extends string>(
	name: string,
	template: T,
	{ version, model, countTokens, tokenLimit }: PromptTemplateOptions = {},
): (variables: Readonly<Record<VariablesOf<T>, string | number>>) => string {
	type Variables = Readonly<Record<VariablesOf<T>, string | number>>;
	const tokens = countTokens ?? (model === undefined ? undefined : tokenCounter(model));
	const fill = (variables: Variables): string => fillTemplate(name, template, variables);
	return step.promptBuild(name, fill, {
		template,
		variables: (variables: Variables) => variables,
		...(version === undefined ? {} : { templateVersion: version }),
		...(tokens === undefined ? {} : { tokens }),
		...(tokenLimit === undefined ? {} : { tokenLimit }),
	});
}

function fillTemplate(
	name: string,
	template: string,
	variables: Readonly<Record<string, string | number>>,
): string {
	return template.replace(PLACEHOLDER, (_whole, variable: string) => {
		const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
		if (value === undefined) {
			throw new Error(
				`prompt template "${name}" has no value for {{${variable}}}; it was given: ${Object.keys(variables).join(", ") || "nothing"}`,
			);
		}
		return String(value);
	});
}

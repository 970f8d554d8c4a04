import { diag } from "@opentelemetry/api";
import { applicationDirectories, applicationIn } from "./application-modules.ts";
import { quietly, SCOPE } from "./quietly.ts";

/** Texts beyond this take the tokenizer tens of milliseconds; their tokens stay unknown. */
const MAX_CHARS = 1_000_000;

interface Tokenizer {
	encode(text: string, options: { readonly disallowedSpecial: ReadonlySet<string> }): ArrayLike<number>;
}

/** What a user writes that looks like a control token is a text like any other. */
const NO_SPECIAL = { disallowedSpecial: new Set<string>() } as const;

/**
 * Counts tokens as the model does, with the package `gpt-tokenizer` (version 3 or newer) of the application. Answers
 * `undefined` where it is not installed or does not know the model; a diagnostic says which. Loading takes a few tenths of a
 * second, so it is done here and not at the first text.
 *
 * @example const count = tokenCounter("gpt-5"); count?.("How many are these?");
 */
export function tokenCounter(model: string): ((text: string) => number) | undefined {
	const tokenizer = quietly(`loading the tokenizer of ${model}`, () => loadTokenizer(model));
	if (tokenizer === undefined) return undefined;
	return (text) => (text.length > MAX_CHARS ? Number.NaN : tokenizer.encode(text, NO_SPECIAL).length);
}

function loadTokenizer(model: string): Tokenizer | undefined {
	const application = applicationIn(applicationDirectories());
	if (application.resolve("gpt-tokenizer") === undefined) {
		diag.warn(`${SCOPE}: tokens of prompts for ${model} are not counted: gpt-tokenizer is not installed`);
		return undefined;
	}
	const found = /^[\w.-]+$/.test(model) ? application.load(`gpt-tokenizer/cjs/model/${model}`) : undefined;
	if (found === undefined) {
		diag.warn(
			`${SCOPE}: tokens of prompts for ${model} are not counted: gpt-tokenizer does not know the model`,
		);
	}
	return found as Tokenizer | undefined;
}

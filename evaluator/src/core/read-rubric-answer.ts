import { RUBRIC_VERDICTS, type RubricVerdict } from "./rubric.ts";

/**
 * What a judge's text says: the JSON object in it, alone, in a code block, or among words. Null where there is none, or where several
 * contradict each other: then it is not known what was meant.
 *
 * @example
 * readRubricAnswer('{"reason": "the date is swapped", "verdict": "fail"}'); // { verdict: "fail", reason: "the date is swapped" }
 */
export function readRubricAnswer(
	text: string,
): { readonly verdict: RubricVerdict; readonly reason: string } | null {
	const found = [text, ...(text.match(/\{[^{}]*\}/g) ?? [])].flatMap((part) => toAnswer(part) ?? []);
	const [first] = found;
	return first !== undefined && found.every(({ verdict }) => verdict === first.verdict) ? first : null;
}

function toAnswer(text: string): { readonly verdict: RubricVerdict; readonly reason: string } | null {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return null;
	}
	if (typeof value !== "object" || value === null) return null;
	const { verdict, reason } = value as Readonly<Record<string, unknown>>;
	const known = RUBRIC_VERDICTS.find((one) => one === String(verdict).trim().toLowerCase());
	return known === undefined ? null : { verdict: known, reason: typeof reason === "string" ? reason : "" };
}

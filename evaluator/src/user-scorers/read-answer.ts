/** What a scorer of the user's said, in one form. */
export interface ScorerAnswer {
	/** 0..1; null where it could not tell. */
	readonly value: number | null;
	readonly label: string;
	readonly explanation: string;
	/** What it gave beside, as JSON; empty where there was nothing. */
	readonly metadata: string;
}

/**
 * Reads what a scorer returned: a number, true or false, null, or an object with `score` or `value`.
 *
 * @throws TypeError that says what was returned where it is none of these, or is outside of 0..1.
 * @example
 * readAnswer({ name: "Levenshtein", score: 0.8 }).value; // 0.8
 */
export function readAnswer(returned: unknown): ScorerAnswer {
	if (typeof returned !== "object" || returned === null) {
		return { value: toValue(returned, returned), label: "", explanation: "", metadata: "" };
	}
	const fields = returned as Readonly<Record<string, unknown>>;
	if (!("score" in fields) && !("value" in fields)) toValue(undefined, returned);
	const { metadata, label, explanation } = fields;
	const rationale = (metadata as Readonly<Record<string, unknown>> | null | undefined)?.["rationale"];
	return {
		value: toValue("score" in fields ? fields["score"] : fields["value"], returned),
		label: typeof label === "string" ? label : "",
		explanation:
			([explanation, rationale].find((text) => typeof text === "string") as string | undefined) ?? "",
		metadata: metadata === undefined || metadata === null ? "" : (JSON.stringify(metadata) ?? ""),
	};
}

function toValue(value: unknown, returned: unknown): number | null {
	if (value === null) return null;
	if (typeof value === "boolean") return value ? 1 : 0;
	if (typeof value === "number" && value >= 0 && value <= 1) return value;
	throw new TypeError(
		`it returned ${shown(returned)}; give a number from 0 to 1, true, false, null, or an object with such a score`,
	);
}

function shown(value: unknown): string {
	if (typeof value === "number" || value === undefined) return String(value);
	let text: string | undefined;
	try {
		text = JSON.stringify(value);
	} catch {
		// A value that refers to itself has no JSON.
	}
	return (text ?? String(value)).slice(0, 100);
}

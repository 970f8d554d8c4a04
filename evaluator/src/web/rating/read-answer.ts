import { UsageError } from "../../cli/io.ts";
import { isRaterName, RATER_NAME_RULE } from "../../core/rater-name.ts";
import type { Answer } from "../../store/rating-desk.ts";
import { ratingWord } from "../../store/ratings.ts";

const MAX_COMMENT = 10_000;

/**
 * A rater's name.
 *
 * @throws UsageError where it is none.
 */
export function checkRater(name: unknown): string {
	const text = typeof name === "string" ? name.trim() : "";
	if (!isRaterName(text))
		throw new UsageError(`"${text.slice(0, 80)}" is no rater's name; give ${RATER_NAME_RULE}`);
	return text;
}

/** From this point of the scale on a run passes, up to that one it fails; what lies between is for pass and fail to say. */
const PASS_FROM = 4;
const FAIL_UNTIL = 2;

/**
 * What a form says of a run. Who gives a point of the scale and no word means pass by 4 and 5, and fail by 1 and 2.
 *
 * @throws UsageError where something is missing or wrong, naming it.
 */
export function readAnswer(form: Readonly<Record<string, unknown>>): {
	readonly rater: string;
	readonly answer: Answer;
} {
	const text = (name: string): string => (typeof form[name] === "string" ? form[name] : "");
	const traceId = text("trace_id");
	if (!/^[0-9a-f]{1,32}$/.test(traceId)) throw new UsageError(`"${traceId.slice(0, 80)}" is no trace id`);
	const scale = readScale(text("scale"));
	const word = text("rating") === "" ? wordOf(scale) : ratingWord(text("rating"));
	if (word === null)
		throw new UsageError(
			`rating is "${text("rating").slice(0, 80)}"; give pass, fail or unsure, or a point of the scale other than 3`,
		);
	const comment = text("comment").trim();
	if (comment.length > MAX_COMMENT)
		throw new UsageError(`the comment has ${comment.length} characters; write at most ${MAX_COMMENT}`);
	return {
		rater: checkRater(form["rater"]),
		answer: {
			traceId,
			rating: word,
			scale,
			// Blame belongs to failures; a step that was named before the mind was changed is no blame.
			blameStep: word === "fail" ? text("blame").slice(0, 500) : "",
			comment,
		},
	};
}

function readScale(text: string): number | null {
	if (text === "") return null;
	if (/^[1-5]$/.test(text)) return Number(text);
	throw new UsageError(`scale is "${text.slice(0, 80)}"; give 1 (worst) to 5`);
}

const wordOf = (scale: number | null): "pass" | "fail" | null =>
	scale === null ? null : scale >= PASS_FROM ? "pass" : scale <= FAIL_UNTIL ? "fail" : null;

import type { Rubric, RubricQuestion } from "../core/rubric.ts";
import type { NotJudged, RubricJudge } from "./open-rubric-judge.ts";

/** Two answers to the same request. */
export interface AnswerPair {
	/** Whose budget per run it counts for; a trace id or the id of a case. */
	readonly id: string;
	readonly request: string;
	readonly a: string;
	readonly b: string;
}

/** Which of two answers a judge prefers. */
export interface Preference {
	/** Null where it could not be judged. */
	readonly preferred: "a" | "b" | "tie" | null;
	readonly notJudged: NotJudged | null;
	/** The judge took the answer that it was shown first (or last) both times: a tie that says nothing of the answers. */
	readonly byPosition: boolean;
	/** What decided, in either order. */
	readonly reasons: readonly string[];
}

const COMPARE: Rubric = {
	name: "compare-answers",
	text: `Compare two answers to the same request, and judge the first one.

Pass if the first answer serves the request better than the second, fail if the second serves it better, cannot_tell if neither is better. What counts: is it
right, does it do what was asked, does it hold what is needed. What does not count: which one comes first, how long it is, how it is laid out. A longer answer
is not better for being longer; words that nobody asked for are a fault.`,
	steps: null,
	pipelines: [],
};

/**
 * Asks a judge which of two answers is better, in both orders, because judges favour a place (Wang et al. 2023, arXiv:2305.17926): only what it says
 * both times counts, and where the orders disagree it is a tie. For the liking of length see `preferenceRate`, over many pairs.
 *
 * @example
 * const { preferred } = await compareAnswers(judge, { id, request, a: before, b: after });
 */
export async function compareAnswers(judge: RubricJudge, pair: AnswerPair): Promise<Preference> {
	if (pair.a === pair.b)
		return { preferred: "tie", notJudged: null, byPosition: false, reasons: ["the answers are the same"] };
	const [forward, backward] = await Promise.all([
		judge.ask(questionOf(pair, pair.a, pair.b)),
		judge.ask(questionOf(pair, pair.b, pair.a)),
	]);
	const failure = [forward, backward].find(
		({ notJudged }) => notJudged !== null && notJudged !== "cannot_tell",
	);
	const reasons = [forward.reason, backward.reason];
	if (failure !== undefined)
		return { preferred: null, notJudged: failure.notJudged, byPosition: false, reasons: [failure.reason] };
	// How far each order favours a: 1 wholly, ½ not at all.
	const [first, second] = [forward.value ?? 0.5, 1 - (backward.value ?? 0.5)];
	const preferred = first > 0.5 && second > 0.5 ? "a" : first < 0.5 && second < 0.5 ? "b" : "tie";
	return { preferred, notJudged: null, byPosition: (first - 0.5) * (second - 0.5) < 0, reasons };
}

const questionOf = ({ id, request }: AnswerPair, first: string, second: string): RubricQuestion => ({
	rubric: COMPARE,
	traceId: id,
	spanId: "",
	step: "",
	kind: "",
	exhibits: [
		{ label: "the request", text: request },
		{ label: "the first answer, which is to be judged", text: first },
		{ label: "the second answer, to compare it with", text: second },
	],
});

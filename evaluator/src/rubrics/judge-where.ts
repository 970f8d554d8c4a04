import type { Store } from "@faultline/collector";
import { aboutOf, beliefOf, type JudgeAnswer, tellsOrigin } from "../core/apply-answers.ts";
import { chooseQuestion, type Hypothesis, updateBelief, WHOLE_RUN, withDoubt } from "../core/ask-where.ts";
import { estimateTokens } from "../core/render-question.ts";
import { END_TO_END, type RubricQuestion } from "../core/rubric.ts";
import type { Run } from "../core/trace.ts";
import { bodyOf, type RatesByScorer, rowsWithAnswers } from "../store/judge-answers.ts";
import type { ResultRows } from "../store/result-rows.ts";
import { writeAnswers } from "./ask-judge.ts";
import { questionsOf, type RubricAnswer, type RubricJudge } from "./open-rubric-judge.ts";

/** A run that the judge may be asked about. */
export interface UnclearRun {
	readonly run: Run;
	/** What the evidence alone says. */
	readonly rows: ResultRows;
	/** What the judge has said of it before. */
	readonly answers: readonly JudgeAnswer[];
}

/** A question that can be asked, priced in tokens. */
interface OpenQuestion {
	readonly about: string;
	readonly cost: number;
	readonly question: RubricQuestion;
}

interface Inquiry extends UnclearRun {
	readonly belief: readonly Hypothesis[];
	readonly open: readonly OpenQuestion[];
}

export interface JudgeWhereOptions {
	readonly rates: RatesByScorer;
	readonly signal?: AbortSignal;
	readonly onProgress?: (done: number, total: number) => void;
}

const ANSWER_TOKENS = 80;
const scorerOf = ({ rubric }: RubricQuestion): string => `judge/${rubric.name}`;

/**
 * Asks the judge about runs in which it is not clear where the fault began: the run first in which a question tells most, and in each run the
 * question that tells most per token, until it is clear, no question is worth a call, or the day's budget is spent. Answers are written as
 * scores; what comes of them is handed back, and the runs that it did not come to.
 *
 * @param options.signal nothing more is asked once it is aborted.
 * @example
 * const { results } = await judgeWhere(store, judge, unclear, { rates });
 */
export async function judgeWhere(
	store: Store,
	judge: RubricJudge,
	unclear: readonly UnclearRun[],
	{ rates, signal, onProgress = () => {} }: JudgeWhereOptions,
): Promise<{ readonly results: ResultRows[]; readonly left: UnclearRun[] }> {
	const inquiries = unclear
		.map((one) => inquiryOf(judge, one, rates))
		.map((inquiry) => ({ inquiry, first: nextOf(inquiry, inquiry.answers, rates)?.perCost ?? 0 }))
		.filter(({ first }) => first > 0)
		.sort((a, b) => b.first - a.first);
	const results: ResultRows[] = [];
	const left: UnclearRun[] = [];
	let done = 0;
	const queue = inquiries.values();
	const work = async (): Promise<void> => {
		for (const { inquiry } of queue) {
			if (signal?.aborted || isDaySpent(judge)) {
				left.push(inquiry);
				continue;
			}
			const answers = await inquire(store, judge, inquiry, rates);
			if (answers.length > inquiry.answers.length)
				results.push(rowsWithAnswers(inquiry.rows, answers, rates));
			onProgress(++done, inquiries.length);
		}
	};
	await Promise.all(Array.from({ length: judge.config.concurrency ?? 4 }, work));
	return { results, left };
}

const isDaySpent = (judge: RubricJudge): boolean => {
	const { bound } = judge.counts();
	return bound !== null && bound !== "tokensPerRun";
};

function inquiryOf(judge: RubricJudge, unclear: UnclearRun, rates: RatesByScorer): Inquiry {
	const { run, rows, answers } = unclear;
	const first = withDoubt(beliefOf(bodyOf(rows), rows.perStep));
	const answered = new Set(answers.map(aboutOf));
	const places = new Set(first.map(({ id }) => id));
	// Whether a run failed is no question where it was said.
	if (run.outcome === "unknown") places.add(WHOLE_RUN);
	const open = questionsOf(judge, run).flatMap((question): OpenQuestion[] => {
		const about = aboutOf(question);
		if (!tellsOrigin({ scorer: scorerOf(question), kind: question.kind })) return [];
		return places.has(about) && !answered.has(about)
			? [{ about, question, cost: estimateTokens(question) + ANSWER_TOKENS }]
			: [];
	});
	const belief = updateBelief(
		first,
		answers.map((answer) => ({ about: aboutOf(answer), value: answer.value })),
		ratesOf(answers, rates),
	);
	return { ...unclear, belief, open };
}

/** How often the judge is right, by the place that is asked about. */
function ratesOf(
	answers: readonly JudgeAnswer[],
	rates: RatesByScorer,
	open: readonly OpenQuestion[] = [],
): (about: string) => ReturnType<RatesByScorer> {
	const scorers = new Map([
		...open.map(({ about, question }) => [about, scorerOf(question)] as const),
		...answers.map((answer) => [aboutOf(answer), answer.scorer] as const),
	]);
	return (about) => rates(scorers.get(about) ?? `judge/${END_TO_END}`);
}

const nextOf = (
	{ belief, open }: Pick<Inquiry, "belief" | "open">,
	answers: readonly JudgeAnswer[],
	rates: RatesByScorer,
): ReturnType<typeof chooseQuestion<OpenQuestion>> =>
	chooseQuestion(belief, open, ratesOf(answers, rates, open));

/** Asks about one run, one question after another; gives all answers, those from before included. */
async function inquire(
	store: Store,
	judge: RubricJudge,
	inquiry: Inquiry,
	rates: RatesByScorer,
): Promise<readonly JudgeAnswer[]> {
	let { belief, open } = inquiry;
	const answers = [...inquiry.answers];
	for (;;) {
		const next = nextOf({ belief, open }, answers, rates);
		if (next === null) return answers;
		const answer = await judge.ask(next.question.question);
		await writeAnswers(store, inquiry.run, [answer]);
		if (answer.notJudged === "budget") return answers;
		open = open.filter(({ about }) => about !== next.question.about);
		const told = toJudgeAnswer(answer);
		if (told === null) continue;
		answers.push(told);
		belief = updateBelief(
			belief,
			[{ about: next.question.about, value: told.value }],
			ratesOf(answers, rates, open),
		);
	}
}

function toJudgeAnswer({ question, value, reason }: RubricAnswer): JudgeAnswer | null {
	if (value === null) return null;
	const { spanId, step, kind } = question;
	return { scorer: scorerOf(question), spanId, step, kind, value, text: reason };
}

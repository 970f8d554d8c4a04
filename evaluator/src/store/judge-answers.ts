import type { Store } from "@faultline/collector";
import { aboutOf, applyAnswers, type JudgeAnswer, tellsOrigin } from "../core/apply-answers.ts";
import { type AnswerRates, ratesFrom } from "../core/ask-where.ts";
import type { PresentedVerdict } from "../core/present-verdict.ts";
import type { TimeRange } from "./read-verdicts.ts";
import type { ResultRows } from "./result-rows.ts";
import { select, selectByTraces } from "./select.ts";

/** Scorer (`judge/RUBRIC`) → how often it is right. */
export type RatesByScorer = (scorer: string) => AnswerRates;

interface AnswerRow extends JudgeAnswer {
	readonly trace_id: string;
	readonly span_id: string;
}

/** Trace id → what the judge has said of the run and its steps, as far as it tells where a fault began. */
export async function readJudgeAnswers(
	store: Store,
	traceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly JudgeAnswer[]>> {
	const rows = await selectByTraces<AnswerRow>(store, "step-answers.sql", traceIds);
	const answers = rows.filter(tellsOrigin).map((row) => ({ ...row, spanId: row.span_id }));
	return Map.groupBy(answers, ({ trace_id }) => trace_id);
}

/** Whether it is worth looking for answers of the judge in a range. */
export async function hasJudgeAnswers(store: Store, { sinceMs, untilMs }: TimeRange): Promise<boolean> {
	const [row] = await select<{ has: number | boolean }>(store, "has-judge-scores.sql", {
		since_ms: sinceMs,
		until_ms: untilMs,
	});
	return Boolean(row?.has);
}

/** People's ratings that the declared rates weigh as much as. */
const DECLARED_WEIGHT = 10;

/**
 * How often the judge is right, from the runs that people rated, drawn towards what was declared.
 *
 * @param versions of the rubrics in use: another text or model has rates of its own.
 */
export async function readAnswerRates(
	store: Store,
	versions: readonly string[],
	{
		sensitivity,
		specificity,
		sinceMs = 0,
	}: {
		readonly sensitivity?: number | undefined;
		readonly specificity?: number | undefined;
		readonly sinceMs?: number;
	} = {},
): Promise<RatesByScorer> {
	const rows = await select<{ scorer: string; faulty: number; n: number; bad: number }>(
		store,
		"judge-rates.sql",
		{ versions, since_ms: sinceMs },
	);
	const declared = ratesFrom(sensitivity, specificity);
	const known = new Map(
		[...Map.groupBy(rows, ({ scorer }) => scorer)].map(([scorer, group]) => {
			const rate = (faulty: number, start: number): number => {
				const { n = 0, bad = 0 } = group.find((row) => Number(row.faulty) === faulty) ?? {};
				return (bad + DECLARED_WEIGHT * start) / (n + DECLARED_WEIGHT);
			};
			return [scorer, ratesFrom(rate(1, declared.hit), 1 - rate(0, declared.falseAlarm))];
		}),
	);
	return (scorer) => known.get(scorer) ?? declared;
}

/** Rows of a judged run with what the judge said of it taken into account; as they were where it said nothing. */
export function rowsWithAnswers(
	rows: ResultRows,
	answers: readonly JudgeAnswer[],
	rates: RatesByScorer,
): ResultRows {
	if (answers.length === 0 || rows.verdict.outcome === "pass") return rows;
	const scorers = new Map(answers.map((answer) => [aboutOf(answer), answer.scorer]));
	const applied = applyAnswers(bodyOf(rows), rows.perStep, answers, (about) =>
		rates(scorers.get(about) ?? ""),
	);
	const { verdict, kind, components } = applied;
	const { origin } = verdict;
	return {
		...rows,
		found: { kind, origin: origin?.step ?? null },
		verdict: {
			...rows.verdict,
			verdict: kind,
			origin_span_id: origin?.span_id ?? "",
			origin_step: origin?.step ?? "",
			origin_kind: origin?.kind ?? "",
			origin_version: origin?.component_version ?? "",
			probability: origin?.probability ?? null,
			body: JSON.stringify(verdict),
		},
		perStep: rows.perStep.map((row, at) => ({ ...row, ...components[at] })),
	};
}

/** The verdict as it is presented. */
export const bodyOf = ({ verdict }: Pick<ResultRows, "verdict">): PresentedVerdict =>
	JSON.parse(verdict.body) as PresentedVerdict;

import type { Store } from "@faultline/collector";
import { beliefOf } from "../core/apply-answers.ts";
import { isClear } from "../core/ask-where.ts";
import type { Run } from "../core/trace.ts";
import { countStepHours } from "../store/count-step-hours.ts";
import {
	bodyOf,
	type RatesByScorer,
	readAnswerRates,
	readJudgeAnswers,
	rowsWithAnswers,
} from "../store/judge-answers.ts";
import { EVALUATOR, type ResultRows } from "../store/result-rows.ts";
import { writeResults } from "../store/write-results.ts";
import { judgeWhere, type UnclearRun } from "./judge-where.ts";
import type { RubricJudge } from "./open-rubric-judge.ts";

/** What the judge's answers made of a run's verdict. */
export interface VerdictChange {
	readonly pipeline: string;
	readonly before: ResultRows["found"];
	readonly after: ResultRows["found"];
}

/** Takes the judge's answers into account while runs are evaluated, and asks it at the end where that is worth it. */
export interface JudgePass {
	/** Results with what the judge has said before; remembers the runs that are not clear. */
	apply(runs: readonly Run[], results: readonly ResultRows[]): Promise<readonly ResultRows[]>;
	/** Asks about the runs that are not clear, writes what comes of it, and forgets them. */
	ask(options?: {
		readonly signal?: AbortSignal;
		readonly onProgress?: (done: number, total: number) => void;
	}): Promise<VerdictChange[]>;
}

/** Runs kept to be asked about, with their content. */
const MOST_UNCLEAR = 1_000;

/**
 * Opens a pass. Without a judge only its former answers count.
 *
 * @example
 * const pass = await openJudgePass(store, judge);
 * await evaluateStored(store, {}, { after: pass.apply });
 * await pass.ask();
 */
export async function openJudgePass(store: Store, judge: RubricJudge | null): Promise<JudgePass> {
	const rates: RatesByScorer = await readAnswerRates(
		store,
		judge?.rubrics.map((rubric) => judge.version(rubric)) ?? [],
		{ sensitivity: judge?.config.sensitivity, specificity: judge?.config.specificity },
	);
	let unclear: (UnclearRun & { readonly now: ResultRows["found"] })[] = [];
	return {
		async apply(runs, results) {
			const answers = await readJudgeAnswers(
				store,
				results.map(({ traceId }) => traceId),
			);
			const byId = new Map(runs.map((run) => [run.traceId, run]));
			return results.map((rows) => {
				const known = answers.get(rows.traceId) ?? [];
				const now = rowsWithAnswers(rows, known, rates);
				const run = byId.get(rows.traceId);
				const worth = judge !== null && run !== undefined && run.outcome !== "pass";
				if (worth && unclear.length < MOST_UNCLEAR && !isClear(beliefOf(bodyOf(now), now.perStep)))
					unclear.push({ run, rows, answers: known, now: now.found });
				return now;
			});
		},
		async ask(options = {}) {
			if (judge === null || unclear.length === 0) return [];
			const asked = unclear;
			unclear = [];
			const results = await judgeWhere(store, judge, asked, { rates, ...options });
			await writeResults(store, results);
			const runs = new Map(asked.map((one) => [one.run.traceId, one]));
			await countStepHours(
				store,
				results.flatMap(({ traceId }) => runs.get(traceId)?.run.startUs ?? []),
				EVALUATOR,
			);
			return results.flatMap(({ traceId, found }): VerdictChange[] => {
				const one = runs.get(traceId);
				return one === undefined ? [] : [{ pipeline: one.run.pipeline, before: one.now, after: found }];
			});
		},
	};
}

import type { Store } from "@faultline/collector";
import { beliefOf } from "../core/apply-answers.ts";
import { entropyOf, withDoubt } from "../core/ask-where.ts";
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
	/** Asks about the runs that are not clear, and writes what comes of it; those it does not come to are kept for the next time. */
	ask(options?: {
		readonly signal?: AbortSignal;
		readonly onProgress?: (done: number, total: number) => void;
	}): Promise<VerdictChange[]>;
}

/** Runs kept to be asked about, with their content. */
const MOST_UNCLEAR = 1_000;

interface Candidate extends UnclearRun {
	readonly now: ResultRows["found"];
	/** How unclear it is. */
	readonly bits: number;
}

function forgetClearest(unclear: Map<string, Candidate>): void {
	const ordered = [...unclear].sort(([, a], [, b]) => b.bits - a.bits);
	for (const [traceId] of ordered.slice(MOST_UNCLEAR)) unclear.delete(traceId);
}

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
	const unclear = new Map<string, Candidate>();
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
				unclear.delete(rows.traceId);
				if (worth) {
					const bits = entropyOf(withDoubt(beliefOf(bodyOf(now), now.perStep)));
					unclear.set(rows.traceId, { run, rows, answers: known, now: now.found, bits });
					if (unclear.size > 2 * MOST_UNCLEAR) forgetClearest(unclear);
				}
				return now;
			});
		},
		async ask(options = {}) {
			if (judge === null || unclear.size === 0) return [];
			const asked = new Map(unclear);
			unclear.clear();
			const { results, left } = await judgeWhere(store, judge, [...asked.values()], { rates, ...options });
			for (const { traceId } of left.map(({ run }) => run)) {
				const one = asked.get(traceId);
				if (one !== undefined) unclear.set(traceId, one);
			}
			await writeResults(store, results);
			await countStepHours(
				store,
				results.flatMap(({ traceId }) => asked.get(traceId)?.run.startUs ?? []),
				EVALUATOR,
			);
			return results.flatMap(({ traceId, found }): VerdictChange[] => {
				const one = asked.get(traceId);
				return one === undefined ? [] : [{ pipeline: one.run.pipeline, before: one.now, after: found }];
			});
		},
	};
}

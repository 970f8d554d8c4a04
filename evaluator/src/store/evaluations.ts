import type { Store } from "@faultline/collector";
import {
	type CaseCounts,
	countCases,
	type EvalCase,
	type EvalRun,
	type Evaluation,
} from "../core/evaluation.ts";
import { select } from "./select.ts";

/** Which evaluations are meant; empty fields fit all. Times are milliseconds since the epoch, both ends included. */
export interface EvaluationSelector {
	readonly pipeline?: string;
	readonly layer?: EvalRun["layer"];
	readonly sinceMs?: number;
	readonly untilMs?: number;
	/** At most this many, the newest; 100 by default. */
	readonly limit?: number;
}

/** An evaluation without its cases. */
export interface EvaluationSummary {
	readonly run: EvalRun;
	readonly counts: CaseCounts;
	/** Completed cases by outcome. */
	readonly passed: number;
	readonly failed: number;
}

/** The last moment that a query means where no end is given: far ahead, within DateTime64(3). */
const ALWAYS_MS = 4_000_000_000_000;

const timeText = (ms: number): string => (ms / 1000).toFixed(3);

/**
 * Writes an evaluation's own row; writing it again replaces it, so it is written at the start and again at the end.
 *
 * @example
 * await writeEvalRun(store, { ...run, finishedAt: Date.now() }, countCases(run, cases));
 */
export async function writeEvalRun(
	store: Store,
	run: EvalRun,
	counts: CaseCounts = countCases(run, []),
	{ baselineEvalId = "" }: { readonly baselineEvalId?: string } = {},
): Promise<void> {
	await store.insert("eval_runs", [
		{
			eval_id: run.evalId,
			layer: run.layer,
			pipeline: run.pipeline,
			service_version: run.serviceVersion,
			environment: run.environment,
			revision: run.revision,
			baseline_eval_id: baselineEvalId,
			planned: counts.planned,
			attempted: counts.attempted,
			completed: counts.completed,
			errored: counts.errored,
			started_at: timeText(run.startedAt),
			finished_at: run.finishedAt === null ? null : timeText(run.finishedAt),
			body: JSON.stringify(run),
		},
	]);
}

/**
 * Writes cases as they finish. The key is (eval_id, fixture_id, trial): a case that is written again replaces itself.
 *
 * @example
 * await writeEvalCases(store, run.evalId, [evalCase]);
 */
export async function writeEvalCases(
	store: Store,
	evalId: string,
	cases: readonly EvalCase[],
): Promise<void> {
	if (cases.length === 0) return;
	await store.insert(
		"eval_cases",
		cases.map((one) => ({
			eval_id: evalId,
			fixture_id: one.fixtureId,
			trial: one.trial,
			trace_id: one.traceId,
			outcome: one.status === "completed" ? one.outcome : "",
			value: one.status === "completed" && one.outcome !== "unknown" ? Number(one.outcome === "pass") : null,
			error: one.error,
			duration_ns: Math.round(one.durationMs * 1e6).toString(),
			body: JSON.stringify(one),
		})),
	);
}

/**
 * An evaluation with its cases, in the order of fixtures and trials; null where there is none of this id.
 *
 * @example
 * const evaluation = await readEvaluation(store, "e-20260501-120000-4f2a");
 */
export async function readEvaluation(store: Store, evalId: string): Promise<Evaluation | null> {
	const [row] = await select<{ body: string }>(store, "eval-run.sql", { eval_id: evalId });
	if (row === undefined) return null;
	const rows = await select<{ body: string }>(store, "eval-cases.sql", { eval_id: evalId });
	return {
		run: JSON.parse(row.body) as EvalRun,
		cases: rows.map(({ body }) => JSON.parse(body) as EvalCase),
	};
}

/**
 * Evaluations, the newest first, with how far each came.
 *
 * @example
 * const [last] = await listEvaluations(store, { pipeline: "docs-answer", layer: "system", limit: 1 });
 */
export async function listEvaluations(
	store: Store,
	{ pipeline = "", layer, sinceMs = 0, untilMs = ALWAYS_MS, limit = 100 }: EvaluationSelector = {},
): Promise<EvaluationSummary[]> {
	const rows = await select<{
		body: string;
		attempted: string;
		completed: string;
		passed: string;
		failed: string;
	}>(store, "eval-runs.sql", {
		pipeline,
		layer: layer ?? "",
		since_ms: sinceMs,
		until_ms: untilMs,
		limit,
	});
	return rows.map((row) => {
		const run = JSON.parse(row.body) as EvalRun;
		const [attempted, completed, passed, failed] = [row.attempted, row.completed, row.passed, row.failed].map(
			Number,
		) as [number, number, number, number];
		return {
			run,
			counts: {
				planned: run.planned,
				attempted,
				completed,
				errored: attempted - completed,
				unknown: completed - passed - failed,
			},
			passed,
			failed,
		};
	});
}

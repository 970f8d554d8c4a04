import { type CaseCounts, countCases, type EvalCase, type EvalRun, type Evaluation } from "./evaluation.ts";
import { wilson } from "./interval.ts";
import { rounded } from "./present-verdict.ts";

/** One evaluation in the shape of `eval … --json` (docs/json.md). Fields may be added, never renamed. */
export interface PresentedEvaluation {
	readonly eval_id: string;
	readonly layer: EvalRun["layer"];
	readonly pipeline: string;
	readonly model: string;
	readonly service_version: string;
	readonly environment: string;
	readonly revision: string;
	readonly fixture_set: string;
	readonly trials: number;
	readonly started_at: string;
	readonly finished_at: string | null;
	readonly counts: CaseCounts;
	readonly passed: number;
	readonly failed: number;
	/** Share of passes among the judged cases; null where none was. */
	readonly rate: number | null;
	readonly interval: readonly [number, number] | null;
	readonly steps: readonly PresentedStep[];
	/** Fixtures of which some trials passed and some failed. */
	readonly flaky: readonly string[];
	readonly cases: readonly PresentedCase[];
}

/** In how many runs a step kept its contracts. */
export interface PresentedStep {
	readonly step: string;
	readonly kept: number;
	readonly broken: number;
	readonly unknown: number;
}

export interface PresentedCase {
	readonly fixture_id: string;
	readonly trial: number;
	readonly trace_id: string;
	readonly status: EvalCase["status"];
	readonly outcome: EvalCase["outcome"];
	readonly error: string;
	readonly duration_ms: number;
	readonly metrics: EvalCase["metrics"];
	readonly steps: EvalCase["steps"];
}

/**
 * An evaluation in the documented JSON shape.
 *
 * @example
 * io.out(JSON.stringify(presentEvaluation(evaluation)));
 */
export function presentEvaluation({ run, cases }: Evaluation): PresentedEvaluation {
	const passed = cases.filter(({ outcome }) => outcome === "pass").length;
	const failed = cases.filter(({ outcome }) => outcome === "fail").length;
	const judged = passed + failed;
	const interval = wilson(passed, judged);
	return {
		eval_id: run.evalId,
		layer: run.layer,
		pipeline: run.pipeline,
		model: run.model,
		service_version: run.serviceVersion,
		environment: run.environment,
		revision: run.revision,
		fixture_set: run.fixtureSet,
		trials: run.trials,
		started_at: new Date(run.startedAt).toISOString(),
		finished_at: run.finishedAt === null ? null : new Date(run.finishedAt).toISOString(),
		counts: countCases(run, cases),
		passed,
		failed,
		rate: judged === 0 ? null : rounded(passed / judged),
		interval: interval === null ? null : [rounded(interval.low), rounded(interval.high)],
		steps: presentSteps(cases),
		flaky: flakyFixtures(cases),
		cases: cases.map((one) => ({
			fixture_id: one.fixtureId,
			trial: one.trial,
			trace_id: one.traceId,
			status: one.status,
			outcome: one.outcome,
			error: one.error,
			duration_ms: rounded(one.durationMs),
			metrics: one.metrics,
			steps: one.steps,
		})),
	};
}

function presentSteps(cases: readonly EvalCase[]): PresentedStep[] {
	const steps = new Map<string, { kept: number; broken: number; unknown: number }>();
	for (const [step, kept] of cases.flatMap((one) => Object.entries(one.steps))) {
		const counts = steps.get(step) ?? { kept: 0, broken: 0, unknown: 0 };
		steps.set(step, counts);
		counts[kept === null ? "unknown" : kept ? "kept" : "broken"]++;
	}
	return [...steps].map(([step, counts]) => ({ step, ...counts }));
}

function flakyFixtures(cases: readonly EvalCase[]): string[] {
	return [...Map.groupBy(cases, (one) => one.fixtureId)]
		.filter(([, trials]) => {
			const outcomes = new Set(trials.map(({ outcome }) => outcome));
			return outcomes.has("pass") && outcomes.has("fail");
		})
		.map(([id]) => id);
}

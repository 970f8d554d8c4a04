import type { Outcome } from "./trace.ts";

/** How an attempt to run a case ended. Only `completed` cases have an outcome; every other one is a failure of the run, never a pass. */
export type CaseStatus = "completed" | "errored" | "timed-out" | "missing";

/** One trial of one fixture in one evaluation. */
export interface EvalCase {
	readonly fixtureId: string;
	readonly trial: number;
	/** The trace that the run left; empty where there is none. */
	readonly traceId: string;
	readonly status: CaseStatus;
	/** `unknown` where nobody could tell. */
	readonly outcome: Outcome;
	/** Metric → value, higher or lower as the policy declares; null is "could not tell". */
	readonly metrics: Readonly<Record<string, number | null>>;
	/** Step → whether it kept its contracts in this run; null is "could not tell". */
	readonly steps: Readonly<Record<string, boolean | null>>;
	readonly error: string;
	readonly durationMs: number;
}

/** One evaluation: which layer, of what, on which fixtures, and how far it came. */
export interface EvalRun {
	readonly evalId: string;
	readonly layer: "model" | "system" | "behavioural";
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly environment: string;
	/** Revision of the code (vcs.ref.head.revision). */
	readonly revision: string;
	/** Hash of the ids and contents of the fixtures: two evaluations compare only where it is the same. */
	readonly fixtureSet: string;
	/** Version of what judged the cases (grader, scorers): two evaluations compare only where it is the same. Left out where nobody said. */
	readonly grader?: string;
	/** The model, in the model layer; else empty. */
	readonly model: string;
	readonly trials: number;
	/** Cases planned: fixtures × trials. */
	readonly planned: number;
	/** Milliseconds since the epoch. */
	readonly startedAt: number;
	readonly finishedAt: number | null;
}

/** An evaluation with its cases, as the gate reads it and as a baseline file holds it. */
export interface Evaluation {
	readonly run: EvalRun;
	readonly cases: readonly EvalCase[];
}

/** Effective n first: what was planned, attempted, completed and errored, and how many completed cases nobody could judge. */
export interface CaseCounts {
	readonly planned: number;
	readonly attempted: number;
	readonly completed: number;
	readonly errored: number;
	readonly unknown: number;
}

/**
 * Counts what became of an evaluation's cases. `errored` are the attempted ones that did not complete, timed out ones included;
 * a case that the run says nothing about was not attempted.
 *
 * @example
 * countCases(evaluation.run, evaluation.cases).completed;
 */
export function countCases(run: Pick<EvalRun, "planned">, cases: readonly EvalCase[]): CaseCounts {
	const attempted = cases.filter((one) => one.status !== "missing");
	const completed = attempted.filter((one) => one.status === "completed");
	return {
		planned: run.planned,
		attempted: attempted.length,
		completed: completed.length,
		errored: attempted.length - completed.length,
		unknown: completed.filter((one) => one.outcome === "unknown").length,
	};
}

import type { Store } from "@faultline/collector";
import type { TimeRange } from "./read-verdicts.ts";
import { select } from "./select.ts";

/** Which runs may be rated, or were: of a time range, a pipeline, a deploy; empty fields fit all. */
export interface RatingScope extends TimeRange {
	readonly pipeline?: string;
	readonly serviceVersion?: string;
}

/** A run of users. */
export interface FrameRun {
	readonly traceId: string;
	readonly pipeline: string;
	readonly serviceName: string;
	readonly serviceVersion: string;
	readonly environment: string;
	readonly task: string | null;
	/** Nanoseconds since the epoch. */
	readonly startNs: bigint;
	/** Chance with which it was drawn to be judged; null where it was not drawn. */
	readonly sampleProbability: number | null;
}

/** What one judge says of a run or of one of its steps. */
export interface JudgeScore {
	readonly traceId: string;
	/** Empty for the whole run. */
	readonly spanId: string;
	readonly judge: string;
	readonly version: string;
	/** Empty for the whole run. */
	readonly step: string;
	/** How surely it failed, 0..1, and whether that counts as a failure; null where the judge could not tell. */
	readonly failing: number | null;
	readonly fails: boolean | null;
	readonly createdMs: number;
}

/** A run that was chosen for rating. */
export interface ChosenRun {
	readonly traceId: string;
	readonly pipeline: string;
	readonly serviceName: string;
	readonly serviceVersion: string;
	readonly environment: string;
	readonly startNs: bigint;
	readonly stratum: string;
	readonly sampleProbability: number;
	/** Chance of being chosen for a run that is judged; times `sampleProbability`, that of any run. */
	readonly probability: number;
	readonly position: number;
	readonly double: boolean;
	readonly reason: string;
}

/** Runs of users of a scope, in the order in which they started. */
export async function readFrame(store: Store, scope: RatingScope): Promise<FrameRun[]> {
	const rows = await select<{
		trace_id: string;
		pipeline: string;
		service_name: string;
		service_version: string;
		environment: string;
		task_id: string;
		start_ns: string;
		sample_probability: number | null;
	}>(store, "rating-runs.sql", parametersOf(scope));
	return rows.map((row) => ({
		traceId: row.trace_id,
		pipeline: row.pipeline,
		serviceName: row.service_name,
		serviceVersion: row.service_version,
		environment: row.environment,
		task: row.task_id === "" ? null : row.task_id,
		startNs: BigInt(row.start_ns),
		sampleProbability: row.sample_probability,
	}));
}

/** What judges said of runs of a time range, the oldest first; of one judge where it is named. */
export async function readJudgeScores(
	store: Store,
	{ sinceMs, untilMs }: TimeRange,
	scorer = "",
): Promise<JudgeScore[]> {
	const rows = await select<{
		trace_id: string;
		span_id: string;
		scorer: string;
		scorer_version: string;
		step: string;
		value: number | null;
		label: string;
		created_ms: string;
	}>(store, "judge-scores.sql", { since_ms: sinceMs, until_ms: untilMs, scorer });
	return rows.map((row) => ({
		traceId: row.trace_id,
		spanId: row.span_id,
		judge: row.scorer,
		version: row.scorer_version,
		step: row.span_id === "" ? "" : row.step,
		...saidBy(row.value, row.label),
		createdMs: Number(row.created_ms),
	}));
}

function saidBy(value: number | null, label: string): Pick<JudgeScore, "failing" | "fails"> {
	const named = label === "fail" ? true : label === "pass" ? false : null;
	const failing = value === null ? null : Math.min(1, Math.max(0, 1 - value));
	// A label without a value is an answer; a value without a label fails below one half.
	return {
		failing: failing ?? (named === null ? null : Number(named)),
		fails: named ?? (failing === null ? null : failing > 0.5),
	};
}

/** Runs that were chosen for rating, in the order in which they are to be rated. */
export async function readChosen(store: Store, scope: RatingScope): Promise<ChosenRun[]> {
	const rows = await select<{
		trace_id: string;
		pipeline: string;
		service_name: string;
		service_version: string;
		environment: string;
		start_ns: string;
		stratum: string;
		sample_probability: number;
		probability: number;
		position: number;
		double_rated: boolean;
		reason: string;
	}>(store, "rating-queue.sql", parametersOf(scope));
	return rows.map((row) => ({
		traceId: row.trace_id,
		pipeline: row.pipeline,
		serviceName: row.service_name,
		serviceVersion: row.service_version,
		environment: row.environment,
		startNs: BigInt(row.start_ns),
		stratum: row.stratum,
		sampleProbability: row.sample_probability,
		probability: row.probability,
		position: row.position,
		double: row.double_rated,
		reason: row.reason,
	}));
}

function parametersOf(scope: RatingScope): {
	since_ms: number;
	until_ms: number;
	pipeline: string;
	service_version: string;
} {
	return {
		since_ms: scope.sinceMs,
		until_ms: scope.untilMs,
		pipeline: scope.pipeline ?? "",
		service_version: scope.serviceVersion ?? "",
	};
}

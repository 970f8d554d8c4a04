import type { Store } from "@faultline/collector";
import type { PresentedVerdict } from "../core/present-verdict.ts";
import { EVALUATOR } from "./result-rows.ts";
import { select } from "./select.ts";

/** Milliseconds since the epoch, both ends included. */
export interface TimeRange {
	readonly sinceMs: number;
	readonly untilMs: number;
}

/** How one component did in one deploy. Numbers of runs are sums of probabilities. */
export interface ComponentHazard {
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly step: string;
	readonly kind: string;
	readonly executions: number;
	readonly reached: number;
	readonly broke: number;
	readonly versions: readonly string[];
}

export interface DeployOutcome {
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly runs: number;
	readonly failed: number;
	readonly unknown: number;
	/** Start of the first and the last run. */
	readonly firstMs: number;
	readonly lastMs: number;
}

/** How the runs of a deploy ended that started within one stretch of time. */
export interface OutcomeBucket {
	readonly serviceVersion: string;
	readonly startMs: number;
	readonly runs: number;
	readonly failed: number;
	readonly unknown: number;
}

export interface VerdictFilter {
	readonly traceId?: string;
	readonly pipeline?: string;
	readonly serviceVersion?: string;
	readonly step?: string;
	readonly outcome?: string;
}

export interface StoredVerdict {
	readonly startMs: number;
	readonly verdict: PresentedVerdict;
}

const rangeOf = ({
	sinceMs,
	untilMs,
}: TimeRange): { since_ms: number; until_ms: number; evaluator: string } => ({
	since_ms: sinceMs,
	until_ms: untilMs,
	evaluator: EVALUATOR,
});

export async function readHazards(store: Store, range: TimeRange): Promise<ComponentHazard[]> {
	const rows = await select<{
		pipeline: string;
		service_version: string;
		step: string;
		kind: string;
		executed: string;
		reached_runs: number;
		broken_runs: number;
		versions: string[];
	}>(store, "hazards.sql", rangeOf(range));
	return rows.map((row) => ({
		pipeline: row.pipeline,
		serviceVersion: row.service_version,
		step: row.step,
		kind: row.kind,
		executions: Number(row.executed),
		reached: row.reached_runs,
		broke: row.broken_runs,
		versions: row.versions,
	}));
}

export async function readOutcomes(store: Store, range: TimeRange): Promise<DeployOutcome[]> {
	const rows = await select<{
		pipeline: string;
		service_version: string;
		runs: string;
		failed: string;
		unknown: string;
		first_ms: string;
		last_ms: string;
	}>(store, "outcomes.sql", rangeOf(range));
	return rows.map((row) => ({
		pipeline: row.pipeline,
		serviceVersion: row.service_version,
		runs: Number(row.runs),
		failed: Number(row.failed),
		unknown: Number(row.unknown),
		firstMs: Number(row.first_ms),
		lastMs: Number(row.last_ms),
	}));
}

/** The same of one pipeline over time, in stretches of so many seconds; stretches without runs are left out. */
export async function readOutcomeBuckets(
	store: Store,
	range: TimeRange,
	pipeline: string,
	seconds: number,
): Promise<OutcomeBucket[]> {
	const rows = await select<{
		service_version: string;
		start_ms: string;
		runs: string;
		failed: string;
		unknown: string;
	}>(store, "outcome-buckets.sql", { ...rangeOf(range), pipeline, seconds });
	return rows.map((row) => ({
		serviceVersion: row.service_version,
		startMs: Number(row.start_ms),
		runs: Number(row.runs),
		failed: Number(row.failed),
		unknown: Number(row.unknown),
	}));
}

/** Judged runs, newest first, at most 200. */
export async function readVerdicts(
	store: Store,
	range: TimeRange,
	filter: VerdictFilter,
): Promise<StoredVerdict[]> {
	const rows = await select<{ body: string; start_ms: string }>(store, "verdicts.sql", {
		...rangeOf(range),
		trace_id: filter.traceId ?? "",
		pipeline: filter.pipeline ?? "",
		service_version: filter.serviceVersion ?? "",
		step: filter.step ?? "",
		outcome: filter.outcome ?? "",
	});
	return rows.map((row) => ({
		startMs: Number(row.start_ms),
		verdict: readBody(row.body),
	}));
}

/** A verdict as it was stored; fields that an older evaluator did not write are empty. */
function readBody(text: string): PresentedVerdict {
	const body = JSON.parse(text) as Partial<PresentedVerdict>;
	return { ...NO_VERDICT, ...body };
}

const NO_VERDICT = {
	trace_id: "",
	pipeline: "",
	service_version: "",
	outcome: "unknown",
	verdict: "no-coverage",
	origin: null,
	candidates: [],
	also: [],
	set90: [],
	evidence: [],
	edges: [],
} as const;

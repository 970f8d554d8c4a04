import type { Store } from "@faultline/collector";
import type { Run } from "../core/trace.ts";
import { listRuns, type RunHead, readRunHeads } from "./read-run-heads.ts";
import { readRuns } from "./read-runs.ts";
import { select } from "./select.ts";

/** Other runs are looked for so far before and after a run. */
const AROUND_MS = 14 * 86_400_000;
/** Similar inputs are looked for among so many runs of the time around. */
const AMONG = 5000;
const HALF_DAY_MS = 43_200_000;
const AT_LEAST = 0.34;
const LISTED = 8;

/** One score of one step or of the whole run (`spanId` empty). */
export interface ScoreHead {
	readonly spanId: string;
	readonly step: string;
	readonly scorer: string;
	readonly sort: string;
	/** `code`, `judge` or `human`. */
	readonly source: string;
	readonly value: number | null;
	readonly p: number | null;
	readonly label: string;
	readonly explanation: string;
}

const around = (run: Run): { since_ms: number; until_ms: number; start_ms: number } => {
	const startMs = Math.floor(run.startUs / 1000);
	return { since_ms: startMs - AROUND_MS, until_ms: startMs + AROUND_MS, start_ms: startMs };
};

/** Looked for so far before and after, the next reach only where the one before found nothing. */
const REACHES_MS = [3_600_000, 86_400_000, AROUND_MS] as const;
/** The inputs of more runs than this take too long to read. */
const MOST_READ = 250_000;

/**
 * The passing run of the same task, of another deploy if possible, that lies nearest in time; null where there is none near enough. The same
 * task is the same id, or without one the same input.
 */
export async function readPassingTwin(store: Store, run: Run): Promise<Run | null> {
	const { start_ms } = around(run);
	for (const reach of REACHES_MS) {
		const range = { sinceMs: start_ms - reach, untilMs: start_ms + reach };
		const [twin] = await select<{ trace_id: string }>(store, "passing-twin.sql", {
			since_ms: range.sinceMs,
			until_ms: range.untilMs,
			start_ms,
			trace_id: run.traceId,
			pipeline: run.pipeline,
			task_id: run.taskId ?? "",
			service_version: run.serviceVersion,
			among: MOST_READ,
		});
		if (twin === undefined) continue;
		const [read] = await readRuns(store, { ...range, traceIds: [twin.trace_id] });
		if (read !== undefined) return read;
	}
	return null;
}

/** Runs that were asked nearly the same, the most similar first: of the half days around, or of two weeks where there are few runs. */
export async function readSimilarInputs(store: Store, run: Run): Promise<readonly RunHead[]> {
	const wide = around(run);
	const near = { since_ms: wide.start_ms - HALF_DAY_MS, until_ms: wide.start_ms + HALF_DAY_MS };
	const [{ runs } = { runs: "0" }] = await select<{ runs: string }>(store, "runs-between.sql", {
		...near,
		pipeline: run.pipeline,
	});
	const times = { ...wide, ...(Number(runs) >= AMONG ? near : {}) };
	const rows = await select<{ trace_id: string }>(store, "similar-inputs.sql", {
		...times,
		trace_id: run.traceId,
		pipeline: run.pipeline,
		among: AMONG,
		at_least: AT_LEAST,
		limit: LISTED,
	});
	return await readRunHeads(
		store,
		rows.map(({ trace_id }) => trace_id),
		{ sinceMs: times.since_ms, untilMs: times.until_ms },
	);
}

/** Other runs of the pipeline whose fault began in this step, newest first. */
export async function readSameOrigin(store: Store, run: Run, step: string): Promise<readonly RunHead[]> {
	const times = around(run);
	const { runs } = await listRuns(
		store,
		{
			sinceMs: times.since_ms,
			untilMs: times.until_ms,
			pipeline: run.pipeline,
			serviceVersion: "",
			outcome: "",
			step,
			verdict: "",
			text: "",
		},
		{ limit: LISTED + 1 },
	);
	return runs.filter(({ traceId }) => traceId !== run.traceId).slice(0, LISTED);
}

/** Every score of a run. */
export async function readScores(store: Store, traceId: string): Promise<readonly ScoreHead[]> {
	const rows = await select<Omit<ScoreHead, "spanId"> & { span_id: string }>(store, "scores-of-run.sql", {
		trace_id: traceId,
	});
	return rows.map(({ span_id, ...row }) => ({ ...row, spanId: span_id }));
}

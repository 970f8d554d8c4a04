import type { Store } from "@faultline/collector";
import type { TimeRange } from "./read-verdicts.ts";
import { EVALUATOR } from "./result-rows.ts";
import { select, selectByTraces } from "./select.ts";

/** What a list shows of a run. */
export interface RunHead {
	readonly traceId: string;
	readonly startMs: number;
	readonly durationUs: number;
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly environment: string;
	readonly outcome: string;
	readonly taskId: string;
	/** The beginning of what was asked, as recorded; empty where it was not. */
	readonly asked: string;
	/** Null where the run is not judged yet. */
	readonly verdict: VerdictHead | null;
}

export interface VerdictHead {
	readonly kind: string;
	/** The step where the fault began, and its kind; empty where none is named. */
	readonly step: string;
	readonly stepKind: string;
	readonly probability: number | null;
	/** Confirmed by replay. */
	readonly verified: boolean;
}

/** Which runs are listed; empty fields fit all. */
export interface RunFilter extends TimeRange {
	readonly pipeline: string;
	readonly serviceVersion: string;
	readonly outcome: string;
	readonly step: string;
	readonly verdict: string;
	/** Found in what was asked or answered, or the beginning of a trace id. */
	readonly text: string;
}

/** A place in the list, newest first: what follows it started earlier. */
export interface RunCursor {
	readonly startNs: bigint;
	readonly traceId: string;
}

interface HeadRow {
	readonly trace_id: string;
	readonly pipeline: string;
	readonly service_version: string;
	readonly environment: string;
	readonly outcome: string;
	readonly task_id: string;
	readonly asked: string;
	readonly start_ms: string;
	readonly duration_us: string;
}

interface VerdictRow {
	readonly trace_id: string;
	readonly verdict: string;
	readonly origin_step: string;
	readonly origin_kind: string;
	readonly probability: number | null;
	readonly verified: boolean;
}

/** The last nanosecond that an Int64 of nanoseconds can say. */
const NEVER: RunCursor = { startNs: 2n ** 63n - 1n, traceId: "" };

/** One page of a list. */
export interface RunPage {
	readonly runs: readonly RunHead[];
	/** Where the next page begins; null at the end. */
	readonly next: RunCursor | null;
	/** A search for text ended here, milliseconds since the epoch, because it had looked through enough; null where it looked through all. */
	readonly searchedToMs: number | null;
}

/** A search reads what was asked and answered; of so many runs at a time. */
const SEARCHED = 100_000;

/**
 * One page of the runs that fit, newest first. Runs of evaluations are no traffic and left out.
 *
 * @example
 * const { runs, next } = await listRuns(store, filter, { limit: 50 });
 */
export async function listRuns(
	store: Store,
	filter: RunFilter,
	{
		after = NEVER,
		limit,
		searched = SEARCHED,
	}: { readonly after?: RunCursor; readonly limit: number; readonly searched?: number },
): Promise<RunPage> {
	const byVerdict = filter.step !== "" || filter.verdict !== "";
	const place = { until_ms: filter.untilMs, before_ns: after.startNs, pipeline: filter.pipeline };
	const edgeMs = filter.text === "" ? null : await searchEdge(store, filter, place, searched);
	const found = await select<{ trace_id: string; start_ns: string }>(
		store,
		byVerdict ? "runs-by-verdict.sql" : "runs-by-start.sql",
		{
			...place,
			since_ms: edgeMs ?? filter.sinceMs,
			before_id: after.traceId,
			service_version: filter.serviceVersion,
			outcome: filter.outcome,
			text: filter.text,
			limit: limit + 1,
			...(byVerdict ? { evaluator: EVALUATOR, step: filter.step, verdict: filter.verdict } : {}),
		},
	);
	const page = found.slice(0, limit);
	const last = page.at(-1);
	const starts = page.map(({ start_ns }) => Math.floor(Number(BigInt(start_ns) / 1_000_000n)));
	const runs = await readRunHeads(
		store,
		page.map(({ trace_id }) => trace_id),
		{ sinceMs: Math.min(...starts) - 1, untilMs: Math.max(...starts) + 1 },
	);
	if (found.length > limit && last !== undefined) {
		const next = { startNs: BigInt(last.start_ns), traceId: last.trace_id };
		return { runs, next, searchedToMs: null };
	}
	if (edgeMs === null) return { runs, next: null, searchedToMs: null };
	return { runs, next: { startNs: BigInt(edgeMs) * 1_000_000n, traceId: "0" }, searchedToMs: edgeMs };
}

/** Where a search ends that looks through so many runs; null where there are no more than that. */
async function searchEdge(
	store: Store,
	{ sinceMs }: RunFilter,
	place: { readonly until_ms: number; readonly before_ns: bigint; readonly pipeline: string },
	searched: number,
): Promise<number | null> {
	const [edge] = await select<{ edge_ms: string; runs: string }>(store, "search-edge.sql", {
		...place,
		since_ms: sinceMs,
		limit: searched,
	});
	return edge === undefined || Number(edge.runs) < searched ? null : Number(edge.edge_ms);
}

/** What lists show of these runs, in the order of the ids; those that are not stored are left out. */
export async function readRunHeads(
	store: Store,
	traceIds: readonly string[],
	range: TimeRange,
): Promise<RunHead[]> {
	if (traceIds.length === 0) return [];
	const times = { since_ms: range.sinceMs, until_ms: range.untilMs };
	const [heads, verdicts] = await Promise.all([
		selectByTraces<HeadRow>(store, "run-heads.sql", traceIds, times),
		selectByTraces<VerdictRow>(store, "verdict-heads.sql", traceIds, { ...times, evaluator: EVALUATOR }),
	]);
	const unasked = heads.filter(({ asked }) => asked === "").map(({ trace_id }) => trace_id);
	const inside = await selectByTraces<{ trace_id: string; asked: string }>(
		store,
		"pipeline-inputs.sql",
		unasked,
		{ since_ms: range.sinceMs - 3_600_000, until_ms: range.untilMs + 3_600_000 },
	);
	const asked = new Map(inside.map((row) => [row.trace_id, row.asked]));
	const verdictOf = new Map(verdicts.map((row) => [row.trace_id, row]));
	const headOf = new Map(heads.map((row) => [row.trace_id, row]));
	return traceIds.flatMap((id) => {
		const row = headOf.get(id);
		return row === undefined ? [] : [toHead(row, asked.get(id) ?? "", verdictOf.get(id))];
	});
}

function toHead(row: HeadRow, askedInside: string, verdict: VerdictRow | undefined): RunHead {
	return {
		traceId: row.trace_id,
		startMs: Number(row.start_ms),
		durationUs: Number(row.duration_us),
		pipeline: row.pipeline,
		serviceVersion: row.service_version,
		environment: row.environment,
		outcome: row.outcome === "pass" || row.outcome === "fail" ? row.outcome : "unknown",
		taskId: row.task_id,
		asked: row.asked || askedInside,
		verdict:
			verdict === undefined
				? null
				: {
						kind: verdict.verdict,
						step: verdict.origin_step,
						stepKind: verdict.origin_kind,
						probability: verdict.probability,
						verified: verdict.verified,
					},
	};
}

/** How many runs of a pipeline and a version (empty fits all) started after a moment, milliseconds since the epoch. */
export async function countArrived(
	store: Store,
	{
		afterMs,
		untilMs,
		pipeline,
		serviceVersion,
	}: Pick<RunFilter, "pipeline" | "serviceVersion" | "untilMs"> & { readonly afterMs: number },
): Promise<number> {
	const [row] = await select<{ runs: string }>(store, "runs-arrived.sql", {
		after_ms: afterMs,
		until_ms: untilMs,
		pipeline,
		service_version: serviceVersion,
	});
	return Number(row?.runs ?? 0);
}

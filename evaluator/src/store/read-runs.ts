import type { Store } from "@faultline/collector";
import { ATTR, STEP_KINDS, type StepKind } from "@faultline/instrumentation/attributes";
import type { Outcome, Run, Step } from "../core/trace.ts";
import { select, selectByTraces } from "./select.ts";

/** Which runs are meant. Empty fields fit every run; times are milliseconds since the epoch, both ends included. */
export interface RunSelector {
	readonly sinceMs?: number;
	readonly untilMs?: number;
	readonly traceIds?: readonly string[];
	readonly pipeline?: string;
	readonly serviceName?: string;
	readonly serviceVersion?: string;
	readonly environment?: string;
	readonly revision?: string;
}

export interface ReadRunsOptions {
	/** At most this many runs, the newest; 100,000 by default. */
	readonly limit?: number;
	/** Runs whose spans are asked for at once, where these are known to be short; 200 by default. */
	readonly atOnce?: number;
	readonly onRead?: (done: number, total: number) => void;
}

/** An answer is a text in memory, and runs may have thousands of spans. */
const RUNS_AT_ONCE = 200;
/** Spans of a run may start before its root's clock says so, and go on after the last root of the range started. */
export const SLACK_MS: number = 24 * 3_600_000;

interface RunRow {
	trace_id: string;
	span_id: string;
	pipeline: string;
	service_name: string;
	service_version: string;
	environment: string;
	outcome: string;
	task_id: string;
	input: string;
	output: string;
	attributes: Record<string, string>;
	start_ns: string;
	duration_ns: string;
}

interface StepRow {
	trace_id: string;
	span_id: string;
	parent_span_id: string;
	pipeline: string;
	kind: string;
	name: string;
	component_version: string;
	input: string;
	output: string;
	status_code: string;
	status_message: string;
	attributes: Record<string, string>;
	links: string[];
	service_name: string;
	service_version: string;
	environment: string;
	revision: string;
	start_ns: string;
	duration_ns: string;
}

/**
 * Reads runs with all their spans, in the order in which they started. Without a time range, everything that is stored. Runs of evaluations
 * are read only where their traces are named.
 */
export async function readRuns(
	store: Store,
	selector: RunSelector,
	{ limit = 100_000, atOnce = RUNS_AT_ONCE, onRead = () => {} }: ReadRunsOptions = {},
): Promise<Run[]> {
	const range = await timeRange(store, selector);
	if (range === null) return [];
	const parameters = {
		since_ms: range.sinceMs,
		until_ms: range.untilMs,
		pipeline: selector.pipeline ?? "",
		service_name: selector.serviceName ?? "",
		service_version: selector.serviceVersion ?? "",
		environment: selector.environment ?? "",
		revision: selector.revision ?? "",
		limit,
	};
	const { traceIds } = selector;
	const newest =
		traceIds === undefined || traceIds.length === 0
			? await select<RunRow>(store, "runs.sql", { ...parameters, trace_ids: [] })
			: newestFirst(await selectByTraces<RunRow>(store, "runs.sql", traceIds, parameters)).slice(0, limit);
	const rows = newest.reverse();
	const runs: Run[] = [];
	for (let at = 0; at < rows.length; at += atOnce) {
		const batch = rows.slice(at, at + atOnce);
		// In the order of their start: the batch's own time, which is less to look through than the range's.
		const steps = await select<StepRow>(store, "steps.sql", {
			trace_ids: batch.map((row) => row.trace_id),
			since_ms: startMs(batch.at(0)) - SLACK_MS,
			until_ms: startMs(batch.at(-1)) + SLACK_MS,
		});
		const byTrace = Map.groupBy(steps, (row) => row.trace_id);
		for (const row of batch) runs.push(toRun(row, byTrace.get(row.trace_id) ?? []));
		onRead(runs.length, rows.length);
	}
	return runs;
}

const startMs = (row: RunRow | undefined): number => Math.floor(Number(row?.start_ns ?? 0) / 1e6);

const newestFirst = (rows: readonly RunRow[]): RunRow[] =>
	rows.toSorted(
		(a, b) => Number(BigInt(b.start_ns) - BigInt(a.start_ns)) || (a.trace_id < b.trace_id ? -1 : 1),
	);

/** Which deploy left some spans; empty where they do not say. */
export interface Deploy {
	readonly serviceName: string;
	readonly serviceVersion: string;
	readonly environment: string;
	readonly revision: string;
}

/** What there is of a trace, its root included where that has arrived. */
export interface TraceSpans {
	readonly spans: readonly Step[];
	readonly deploy: Deploy;
	/** The pipeline's own span: what was asked and answered, and how the application says that it ended. */
	readonly flow: { readonly input: string; readonly output: string; readonly outcome: Outcome } | null;
}

/** Reads all spans of traces that started between two times (milliseconds since the epoch); traces without any are left out. */
export async function readTraceSpans(
	store: Store,
	traceIds: readonly string[],
	range: { readonly sinceMs: number; readonly untilMs: number },
): Promise<Map<string, TraceSpans>> {
	const rows = await selectByTraces<StepRow>(store, "steps.sql", traceIds, {
		since_ms: range.sinceMs - SLACK_MS,
		until_ms: range.untilMs + SLACK_MS,
	});
	return new Map(
		[...Map.groupBy(rows, (row) => row.trace_id)].map(([id, group]) => [id, toTraceSpans(group)]),
	);
}

function toTraceSpans(rows: readonly StepRow[]): TraceSpans {
	const flow = rows.find((row) => row.pipeline !== "");
	const deploy = flow ?? rows[0];
	return {
		spans: rows.map(toStep),
		deploy: {
			serviceName: deploy?.service_name ?? "",
			serviceVersion: deploy?.service_version ?? "",
			environment: deploy?.environment ?? "",
			revision: deploy?.revision ?? "",
		},
		flow:
			flow === undefined
				? null
				: { input: flow.input, output: flow.output, outcome: toOutcome(flow.attributes[ATTR.outcome] ?? "") },
	};
}

/** The time range of a selector, its open ends filled with what is stored; null where nothing is. */
export async function timeRange(
	store: Store,
	selector: RunSelector,
): Promise<{ sinceMs: number; untilMs: number } | null> {
	if (selector.sinceMs !== undefined && selector.untilMs !== undefined) {
		return { sinceMs: selector.sinceMs, untilMs: selector.untilMs };
	}
	const [stored] = await select<{ first_ms: string; last_ms: string; runs: string }>(store, "run-range.sql", {
		pipeline: selector.pipeline ?? "",
	});
	if (stored === undefined || stored.runs === "0") return null;
	return {
		sinceMs: selector.sinceMs ?? Number(stored.first_ms),
		untilMs: selector.untilMs ?? Number(stored.last_ms) + 1,
	};
}

const microseconds = (ns: string): number => Number(BigInt(ns) / 1000n);

function toRun(row: RunRow, steps: readonly StepRow[]): Run {
	// Where a request's span is the root, the pipeline's own span below it knows what was asked and answered.
	const flow = steps.find((step) => step.pipeline !== "" && step.span_id !== row.span_id);
	return {
		traceId: row.trace_id,
		rootSpanId: row.span_id,
		pipeline: row.pipeline,
		serviceName: row.service_name,
		serviceVersion: row.service_version,
		environment: row.environment,
		startUs: microseconds(row.start_ns),
		durationUs: microseconds(row.duration_ns),
		outcome: toOutcome(row.outcome),
		taskId: row.task_id === "" ? null : row.task_id,
		input: row.input || (flow?.input ?? ""),
		output: row.output || (flow?.output ?? ""),
		attributes: { ...flow?.attributes, ...row.attributes },
		spans: steps.filter((step) => step.span_id !== row.span_id).map(toStep),
	};
}

function toStep(row: StepRow): Step {
	return {
		spanId: row.span_id,
		parentSpanId: row.parent_span_id,
		name: row.name,
		kind: isKind(row.kind) ? row.kind : "",
		version: row.component_version,
		startUs: microseconds(row.start_ns),
		durationUs: microseconds(row.duration_ns),
		input: row.input,
		output: row.output,
		failed: row.status_code === "Error",
		statusMessage: row.status_message,
		attributes: row.attributes,
		links: row.links,
	};
}

const isKind = (kind: string): kind is StepKind => (STEP_KINDS as readonly string[]).includes(kind);

const toOutcome = (outcome: string): Outcome =>
	outcome === "pass" || outcome === "fail" ? outcome : "unknown";

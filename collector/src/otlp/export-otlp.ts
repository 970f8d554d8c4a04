import type { Store } from "../store/store.ts";
import type { AttributeMap, TraceRow } from "./rows.ts";

export interface ExportOptions {
	/** Runs that began at or after this time; default all. */
	readonly since?: Date;
	/** And before this one; default all. */
	readonly until?: Date;
	/** Only this pipeline's runs. */
	readonly pipeline?: string;
}

/** 2262-01-01, near the end of DateTime64(9). */
const LAST_MS = 9_214_646_400_000;

/** Traces read by one query, and rows that it may come to before fewer traces are read; they bound the memory it takes. */
const PAGE = { traces: 2_500, rows: 50_000 } as const;

const SELECT_TRACES = `SELECT trace_id, toString(min(start_time)) AS began FROM runs FINAL
WHERE start_time >= {since: DateTime64(9)} AND start_time < {until: DateTime64(9)} AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
GROUP BY trace_id HAVING (min(start_time), trace_id) > ({after_time: DateTime64(9)}, {after_trace: String})
ORDER BY min(start_time), trace_id LIMIT {limit: UInt64}`;

const COUNT_TRACES = `SELECT uniqExact(trace_id) AS traces FROM runs
WHERE start_time >= {since: DateTime64(9)} AND start_time < {until: DateTime64(9)} AND ({pipeline: String} = '' OR pipeline = {pipeline: String})`;

// One row per span, also where a sender repeated itself. The times of the traces keep the rest of the table out of it.
const SELECT_SPANS = `WITH (SELECT (min(Start), max(End) + 1) FROM otel_traces_trace_id_ts WHERE TraceId IN {traces: Array(String)}) AS bounds
SELECT toString(toUnixTimestamp64Nano(Timestamp)) AS start, toString(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) AS finish,
	arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS event_times, * EXCEPT (Timestamp)
FROM otel_traces
WHERE otel_traces.Timestamp >= bounds.1 AND otel_traces.Timestamp <= bounds.2 AND TraceId IN {traces: Array(String)}
ORDER BY TraceId, otel_traces.Timestamp, SpanId LIMIT 1 BY TraceId, SpanId LIMIT {limit: UInt64}`;

type StoredSpan = TraceRow & {
	readonly start: string;
	readonly finish: string;
	readonly event_times: string[];
};

/** The last trace of a page: where a later export goes on. */
export interface ExportPlace {
	/** When its run began, in nanoseconds' precision and UTC. */
	readonly startTime: string;
	readonly traceId: string;
}

export interface ExportPage {
	/** One trace a line, without the line break. */
	readonly lines: string[];
	readonly spans: number;
	readonly place: ExportPlace;
}

/**
 * Runs as OTLP/JSON lines, one trace a line, oldest first, that `readOtlpFile`, the Collector and other tools read back to the same rows.
 * Attribute values come out as strings: the tables hold their texts.
 * @example for await (const line of exportOtlp(store, { since, until })) out.write(line + "\n");
 */
export async function* exportOtlp(store: Store, options: ExportOptions = {}): AsyncGenerator<string> {
	for await (const { lines } of exportPages(store, options)) yield* lines;
}

/** How many traces an export comes to. */
export async function countExport(store: Store, options: ExportOptions = {}): Promise<number> {
	const [row] = await store.query<{ traces: string }>(COUNT_TRACES, rangeOf(options));
	return Number(row?.traces ?? 0);
}

/**
 * The same in pages of many traces, each with the place after which a later export goes on; the next page is read while this one is used.
 * @example for await (const { lines, place } of exportPages(store, { after })) …
 */
export async function* exportPages(
	store: Store,
	options: ExportOptions & { readonly after?: ExportPlace } = {},
): AsyncGenerator<ExportPage> {
	let next = readPage(store, options, options.after);
	for (;;) {
		const page = await next;
		if (page === undefined) return;
		next = readPage(store, options, page.place);
		// Where the reader stops before it is awaited.
		next.catch(() => undefined);
		yield page;
	}
}

async function readPage(
	store: Store,
	options: ExportOptions,
	after: ExportPlace | undefined,
): Promise<ExportPage | undefined> {
	const parameters = {
		...rangeOf(options),
		after_time: after?.startTime ?? new Date(0),
		after_trace: after?.traceId ?? "",
		limit: PAGE.traces,
	};
	let traces = await store.query<{ trace_id: string; began: string }>(SELECT_TRACES, parameters);
	for (;;) {
		const last = traces.at(-1);
		if (last === undefined) return undefined;
		const limit = traces.length === 1 ? Number.MAX_SAFE_INTEGER : PAGE.rows + 1;
		const ids = traces.map((trace) => trace.trace_id);
		const spans = await store.query<StoredSpan>(SELECT_SPANS, { traces: ids, limit });
		if (traces.length > 1 && spans.length > PAGE.rows) {
			traces = traces.slice(0, Math.ceil(traces.length / 4));
			continue;
		}
		const byTrace = Map.groupBy(spans, (span) => span.TraceId);
		const lines = ids.flatMap((id) => {
			const trace = byTrace.get(id);
			return trace === undefined ? [] : [JSON.stringify(toRequest(trace))];
		});
		return { lines, spans: spans.length, place: { startTime: last.began, traceId: last.trace_id } };
	}
}

function rangeOf({ since = new Date(0), until = new Date(LAST_MS), pipeline = "" }: ExportOptions): {
	since: Date;
	until: Date;
	pipeline: string;
} {
	return { since, until, pipeline };
}

/** An ExportTraceServiceRequest with a resource and scope for each different one. */
function toRequest(spans: readonly StoredSpan[]): object {
	const resources = Map.groupBy(spans, (span) => JSON.stringify(span.ResourceAttributes));
	return {
		resourceSpans: [...resources.values()].map((ofResource) => ({
			resource: { attributes: toAttributes(ofResource[0]?.ResourceAttributes ?? {}) },
			scopeSpans: [
				...Map.groupBy(ofResource, (span) => JSON.stringify([span.ScopeName, span.ScopeVersion])).values(),
			].map((ofScope) => ({
				scope: { name: ofScope[0]?.ScopeName ?? "", version: ofScope[0]?.ScopeVersion ?? "" },
				spans: ofScope.map(toSpan),
			})),
		})),
	};
}

const KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
const CODES = ["Unset", "Ok", "Error"];

function toSpan(span: StoredSpan): object {
	return {
		traceId: span.TraceId,
		spanId: span.SpanId,
		parentSpanId: span.ParentSpanId,
		traceState: span.TraceState,
		name: span.SpanName,
		kind: Math.max(0, KINDS.indexOf(span.SpanKind)),
		startTimeUnixNano: span.start,
		endTimeUnixNano: span.finish,
		attributes: toAttributes(span.SpanAttributes),
		events: span.event_times.map((time, index) => ({
			timeUnixNano: time,
			name: span["Events.Name"][index] ?? "",
			attributes: toAttributes(span["Events.Attributes"][index] ?? {}),
		})),
		links: span["Links.SpanId"].map((spanId, index) => ({
			traceId: span["Links.TraceId"][index] ?? "",
			spanId,
			traceState: span["Links.TraceState"][index] ?? "",
			attributes: toAttributes(span["Links.Attributes"][index] ?? {}),
		})),
		status: { code: Math.max(0, CODES.indexOf(span.StatusCode)), message: span.StatusMessage },
	};
}

function toAttributes(map: AttributeMap): object[] {
	return Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

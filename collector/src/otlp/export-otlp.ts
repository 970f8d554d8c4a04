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

/** Traces read by one query; bounds the memory it takes. */
const TRACES_PER_PAGE = 200;

const SELECT_TRACES = `SELECT DISTINCT trace_id FROM runs FINAL
WHERE start_time >= {since: DateTime64(9)} AND start_time < {until: DateTime64(9)} AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
ORDER BY trace_id`;

// One row per span, also where a sender repeated itself.
const SELECT_SPANS = `SELECT toString(toUnixTimestamp64Nano(Timestamp)) AS start, toString(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) AS finish,
	arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS event_times, * EXCEPT (Timestamp)
FROM otel_traces WHERE TraceId IN {traces: Array(String)} ORDER BY TraceId, otel_traces.Timestamp, SpanId LIMIT 1 BY TraceId, SpanId`;

type StoredSpan = TraceRow & {
	readonly start: string;
	readonly finish: string;
	readonly event_times: string[];
};

/**
 * Runs as OTLP/JSON lines, one trace a line, that `readOtlpFile`, the Collector and other tools read back to the same rows.
 * Attribute values come out as strings: the tables hold their texts.
 * @example for await (const line of exportOtlp(store, { since, until })) out.write(line + "\n");
 */
export async function* exportOtlp(
	store: Store,
	{ since = new Date(0), until = new Date(LAST_MS), pipeline = "" }: ExportOptions = {},
): AsyncGenerator<string> {
	const traces = await store.query<{ trace_id: string }>(SELECT_TRACES, {
		since,
		until,
		pipeline,
	});
	for (let from = 0; from < traces.length; from += TRACES_PER_PAGE) {
		const page = traces.slice(from, from + TRACES_PER_PAGE).map((row) => row.trace_id);
		const spans = await store.query<StoredSpan>(SELECT_SPANS, { traces: page });
		for (const trace of Map.groupBy(spans, (span) => span.TraceId).values())
			yield JSON.stringify(toRequest(trace));
	}
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

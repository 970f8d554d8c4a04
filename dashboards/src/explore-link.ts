import { clickHouseModel, PICKED_SOURCE } from "./clickhouse-query.ts";

/** One trace's spans under the names that Grafana's trace view wants. `otel_traces_trace_id_ts` narrows the time. */
const traceSql = (traceId: string): string => `WITH '${traceId}' AS wanted,
    (SELECT min(Start) FROM otel_traces_trace_id_ts WHERE TraceId = wanted) AS first,
    (SELECT max(End) + 1 FROM otel_traces_trace_id_ts WHERE TraceId = wanted) AS last
SELECT TraceId AS traceID, SpanId AS spanID, ParentSpanId AS parentSpanID, ServiceName AS serviceName, SpanName AS operationName,
    multiply(toUnixTimestamp64Nano(Timestamp), 0.000001) AS startTime, multiply(Duration, 0.000001) AS duration,
    arrayMap(key -> map('key', key, 'value', SpanAttributes[key]), mapKeys(SpanAttributes)) AS tags,
    arrayMap(key -> map('key', key, 'value', ResourceAttributes[key]), mapKeys(ResourceAttributes)) AS serviceTags,
    if(StatusCode IN ('Error', 'STATUS_CODE_ERROR'), 2, 0) AS statusCode, StatusMessage AS statusMessage, SpanKind AS kind
FROM otel_traces
WHERE TraceId = wanted AND Timestamp >= first AND Timestamp <= last
ORDER BY startTime
LIMIT 10000`;

const TRACE_ID = "TRACE_ID";
const SOURCE_UID = "SOURCE_UID";

/** Opens Explore on one trace. The trace id is the field `field` of the row that was clicked; see `traceSql` for what is asked. */
export function exploreTraceLink(field: string): string {
	const datasource = { ...PICKED_SOURCE, uid: SOURCE_UID };
	const query = clickHouseModel(traceSql(TRACE_ID), "traces", { datasource });
	const panes = { trace: { datasource: SOURCE_UID, queries: [query], range: { from: "now-1h", to: "now" } } };
	// Grafana replaces only variables that stand in the address as they are, not percent-encoded ones.
	return `/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify(panes))}`
		.replaceAll(SOURCE_UID, `\${datasource}`)
		.replaceAll(TRACE_ID, `\${__data.fields.${field}}`);
}

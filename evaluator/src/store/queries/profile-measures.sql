-- Times and lengths of the given runs' steps in bins of a quarter of a doubling, as core/component-profile.ts has them. `routes` stands beside
-- `trace_ids`: which way each run took. A step's own time is its duration less that of the spans below it, at least 0.
WITH chosen AS (
    SELECT trace_id, span_id, parent_span_id, kind, name, service_version, duration_ns, length(input) AS input_length, length(output) AS output_length
    FROM steps FINAL
    WHERE trace_id IN {trace_ids: Array(String)}
        AND start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
),
inside AS (
    SELECT trace_id, parent_span_id AS span_id, sum(duration_ns) AS ns
    FROM chosen
    GROUP BY trace_id, parent_span_id
)
SELECT
    kind, name AS step,
    transform(chosen.trace_id, {trace_ids: Array(String)}, {routes: Array(String)}, '') AS route,
    sumMap(map(toString(toInt32(floor(4 * log2(1 + duration_ns / 1000)))), toUInt32(1))) AS duration,
    sumMap(map(toString(toInt32(floor(4 * log2(1 + greatest(0, toInt64(duration_ns) - toInt64(ns)) / 1000)))), toUInt32(1))) AS self_time
FROM chosen
LEFT JOIN inside ON inside.trace_id = chosen.trace_id AND inside.span_id = chosen.span_id
WHERE kind != ''
GROUP BY kind, step, route

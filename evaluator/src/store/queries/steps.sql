-- Every span of the given runs but their roots.
SELECT
    trace_id, span_id, parent_span_id, pipeline, kind, name, component_version, input, output, status_code, status_message, attributes, links,
    service_name, service_version, environment, revision,
    toString(toUnixTimestamp64Nano(start_time)) AS start_ns,
    toString(duration_ns) AS duration_ns
FROM steps FINAL
WHERE trace_id IN {trace_ids: Array(String)}
    AND start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
ORDER BY trace_id, start_time, span_id

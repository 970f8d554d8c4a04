-- What a list shows of runs.
SELECT trace_id, pipeline, service_version, environment, outcome, task_id, substringUTF8(input, 1, 2000) AS asked,
    toString(toUnixTimestamp64Milli(start_time)) AS start_ms,
    toString(intDiv(duration_ns, 1000)) AS duration_us
FROM runs FINAL
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND trace_id IN {trace_ids: Array(String)}

-- Pipeline, deploy and start of runs by their ids, in a time range.
SELECT trace_id, pipeline, service_version, toString(toUnixTimestamp64Milli(start_time)) AS start_ms
FROM runs FINAL
WHERE trace_id IN {trace_ids: Array(String)}
    AND start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})

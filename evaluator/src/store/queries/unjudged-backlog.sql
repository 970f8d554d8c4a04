-- How many settled runs wait for a verdict, and since when.
SELECT toString(uniqExact(trace_id)) AS waiting, toString(toUnixTimestamp64Milli(min(start_time))) AS oldest_ms
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND addNanoseconds(start_time, duration_ns) <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND eval_id = ''
    AND trace_id NOT IN (
        SELECT trace_id FROM verdicts
        WHERE evaluator = {evaluator: String} AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    )

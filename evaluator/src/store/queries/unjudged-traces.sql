-- Settled runs that this evaluator has not judged yet.
SELECT trace_id
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND addNanoseconds(start_time, duration_ns) <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND eval_id = ''
    AND trace_id NOT IN (
        SELECT trace_id FROM verdicts
        WHERE evaluator = {evaluator: String} AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    )
ORDER BY start_time
LIMIT {limit: UInt64}

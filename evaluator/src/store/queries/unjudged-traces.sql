-- Settled runs that this evaluator has not judged yet. Several copies share them by hash; what has waited long is anybody's.
SELECT trace_id
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND addNanoseconds(start_time, duration_ns) <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND eval_id = ''
    AND (
        cityHash64(trace_id) % {copies: UInt32} = {copy: UInt32}
        OR addNanoseconds(start_time, duration_ns) <= fromUnixTimestamp64Milli({anybody_ms: Int64})
    )
    AND trace_id NOT IN (
        SELECT trace_id FROM verdicts
        WHERE evaluator = {evaluator: String} AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    )
GROUP BY trace_id
ORDER BY min(start_time)
LIMIT {limit: UInt64}

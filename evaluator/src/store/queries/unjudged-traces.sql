-- Settled runs that this evaluator has not judged yet, and those of which spans arrived after it had. Settled: the root has ended, and nothing
-- of the run has arrived since `until`. A span that arrived in the very second of the verdict counts as later; judging again does no harm.
-- Several copies share the runs by hash; what has waited long is anybody's.
WITH arrived AS (
    SELECT trace_id, max(inserted_at) AS at
    FROM steps
    WHERE inserted_at >= fromUnixTimestamp64Milli({arrived_since_ms: Int64})
        AND start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) - INTERVAL 1 DAY
    GROUP BY trace_id
)
SELECT trace_id
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND addNanoseconds(start_time, duration_ns) <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND eval_id = ''
    AND trace_id NOT IN (SELECT trace_id FROM arrived WHERE at > fromUnixTimestamp64Milli({until_ms: Int64}))
    AND (
        trace_id NOT IN (
            SELECT trace_id FROM verdicts
            WHERE evaluator = {evaluator: String} AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        )
        OR trace_id IN (
            SELECT v.trace_id
            FROM verdicts AS v
            INNER JOIN arrived ON arrived.trace_id = v.trace_id
            WHERE v.evaluator = {evaluator: String} AND v.run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
                AND v.trace_id IN (SELECT trace_id FROM arrived)
            GROUP BY v.trace_id
            HAVING max(arrived.at) >= toStartOfSecond(max(v.created_at))
        )
    )
    AND (
        cityHash64(trace_id) % {copies: UInt32} = {copy: UInt32}
        OR addNanoseconds(start_time, duration_ns) <= fromUnixTimestamp64Milli({anybody_ms: Int64})
    )
GROUP BY trace_id
ORDER BY min(start_time)
LIMIT {limit: UInt64}

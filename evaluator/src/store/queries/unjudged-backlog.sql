-- How many settled runs wait for a verdict, or for another one since spans arrived late, and since when; see unjudged-traces.sql.
WITH arrived AS (
    SELECT trace_id, max(inserted_at) AS at
    FROM steps
    WHERE inserted_at >= fromUnixTimestamp64Milli({arrived_since_ms: Int64})
        AND start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) - INTERVAL 1 DAY
    GROUP BY trace_id
)
SELECT toString(uniqExact(trace_id)) AS waiting, toString(toUnixTimestamp64Milli(min(start_time))) AS oldest_ms
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

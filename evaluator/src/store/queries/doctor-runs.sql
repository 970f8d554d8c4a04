-- Runs of users: how many have a stated outcome, a task, a verdict, and how late the evaluator is. Runs that ended within the last two minutes are not missed.
SELECT
    toString(count()) AS runs,
    toString(countIf(has_outcome)) AS stated,
    toString(countIf(has_settled)) AS settled,
    toString(countIf(has_settled AND NOT has_verdict)) AS waiting,
    toString(minIf(start_ms, has_settled AND NOT has_verdict)) AS waiting_since_ms
FROM (
    SELECT
        trace_id,
        max(outcome) != '' AS has_outcome,
        toUnixTimestamp64Milli(min(start_time)) AS start_ms,
        max(addNanoseconds(start_time, duration_ns)) <= fromUnixTimestamp64Milli({until_ms: Int64}) - INTERVAL 2 MINUTE AS has_settled,
        trace_id IN (SELECT trace_id FROM verdicts WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})) AS has_verdict
    FROM runs
    WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64}) AND eval_id = ''
    GROUP BY trace_id
)

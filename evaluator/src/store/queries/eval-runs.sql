-- Evaluations of a time range with what their cases came to, newest first; empty selectors fit all. Counted from the cases, so that one that
-- was killed in the middle shows how far it came.
SELECT r.body AS body,
    toString(c.attempted) AS attempted, toString(c.completed) AS completed, toString(c.passed) AS passed, toString(c.failed) AS failed
FROM (
    SELECT eval_id, body, started_at
    FROM eval_runs FINAL
    WHERE started_at >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND started_at <= fromUnixTimestamp64Milli({until_ms: Int64})
        AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
        AND ({layer: String} = '' OR layer = {layer: String})
    ORDER BY started_at DESC
    LIMIT {limit: UInt64}
) AS r
LEFT JOIN (
    SELECT eval_id, count() AS attempted, countIf(outcome != '') AS completed, countIf(outcome = 'pass') AS passed, countIf(outcome = 'fail') AS failed
    FROM eval_cases FINAL
    GROUP BY eval_id
) AS c ON c.eval_id = r.eval_id
ORDER BY r.started_at DESC, r.eval_id

-- How the runs of one pipeline ended, per deploy and stretch of time.
SELECT
    service_version,
    toString(toUnixTimestamp(toStartOfInterval(run_start, toIntervalSecond({seconds: UInt32}), 'UTC')) * 1000) AS start_ms,
    toString(count()) AS runs,
    toString(countIf(outcome = 'fail')) AS failed,
    toString(countIf(outcome = 'unknown')) AS unknown
FROM verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND evaluator = {evaluator: String}
    AND pipeline = {pipeline: String}
    AND eval_id = ''
GROUP BY service_version, start_ms
ORDER BY start_ms, service_version
LIMIT 5000

-- Per pipeline and deploy: runs and how they ended.
SELECT
    pipeline, service_version,
    count() AS runs,
    countIf(outcome = 'fail') AS failed,
    countIf(outcome = 'unknown') AS unknown,
    toString(toUnixTimestamp64Milli(min(run_start))) AS first_ms,
    toString(toUnixTimestamp64Milli(max(run_start))) AS last_ms
FROM verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND evaluator = {evaluator: String}
    AND eval_id = ''
GROUP BY pipeline, service_version
ORDER BY pipeline, first_ms
LIMIT 200

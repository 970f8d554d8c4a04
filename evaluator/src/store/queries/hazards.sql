-- Per pipeline, deploy and component: how often runs arrived here intact and how often the fault began here (posterior weight).
SELECT
    pipeline, service_version, step, kind,
    count() AS executions,
    sum(reached) AS reached_runs,
    sum(broke) AS broken_runs,
    arraySort(groupUniqArray(5)(component_version)) AS versions,
    toString(toUnixTimestamp64Milli(min(run_start))) AS first_ms
FROM step_verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND evaluator = {evaluator: String}
    AND eval_id = ''
GROUP BY pipeline, service_version, step, kind
ORDER BY pipeline, first_ms, service_version, broken_runs DESC
LIMIT 1000

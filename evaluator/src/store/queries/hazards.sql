-- Per pipeline, deploy and component: how often runs arrived here intact and how often the fault began here (posterior weight). By whole hours.
SELECT
    pipeline, service_version, step, kind,
    sum(executions) AS executed,
    sum(reached) AS reached_runs,
    sum(broke) AS broken_runs,
    arraySort(groupUniqArray(5)(component_version)) AS versions,
    toString(toUnixTimestamp(min(hour)) * 1000) AS first_ms
FROM step_hours FINAL
WHERE hour >= toStartOfHour(fromUnixTimestamp64Milli({since_ms: Int64}), 'UTC')
    AND hour <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND evaluator = {evaluator: String}
    AND executions > 0
GROUP BY pipeline, service_version, step, kind
ORDER BY pipeline, first_ms, service_version, broken_runs DESC
LIMIT 1000

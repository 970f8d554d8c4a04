-- Pipelines, deploys and steps of a time range, from the sums by the hour, the newest first.
SELECT pipeline, service_version, step, kind, max(hour) AS last_hour
FROM step_hours
WHERE hour >= toStartOfHour(fromUnixTimestamp64Milli({since_ms: Int64}), 'UTC')
    AND hour <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND evaluator = {evaluator: String}
    AND executions > 0
GROUP BY pipeline, service_version, step, kind
ORDER BY last_hour DESC, pipeline, service_version DESC, step
LIMIT 5000

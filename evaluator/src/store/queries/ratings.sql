-- People's ratings since a time. A run is rated after it started, so this finds all ratings of runs that started since.
SELECT
    trace_id, span_id, rater, rating, scale, blame_step, comment, probability, pipeline, service_version,
    toString(toUnixTimestamp64Milli(created_at)) AS created_ms,
    if(run_start IS NULL, NULL, toString(toUnixTimestamp64Milli(assumeNotNull(run_start)))) AS run_start_ms
FROM ratings FINAL
WHERE created_at >= fromUnixTimestamp64Milli({since_ms: Int64})
ORDER BY created_at, trace_id, span_id, rater

-- Pipelines with users' runs in a time range, the busiest first.
SELECT pipeline
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})
    AND pipeline != ''
    AND eval_id = ''
GROUP BY pipeline
ORDER BY count() DESC, pipeline

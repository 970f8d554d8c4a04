-- Every run of a range, as far as its root tells; runs of one task have the same `task`.
SELECT
    trace_id, pipeline, service_version, outcome,
    if(task_id != '', concat('task:', task_id), if(input != '', concat('input:', toString(sipHash64(input))), concat('run:', trace_id))) AS task,
    coalesce(spans, 0) AS steps,
    toString(toUnixTimestamp64Milli(start_time)) AS start_ms
FROM runs FINAL
LEFT JOIN (
    SELECT trace_id, count() AS spans
    FROM steps
    WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64} - {slack_ms: Int64})
        AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64} + {slack_ms: Int64})
    GROUP BY trace_id
) AS counts USING (trace_id)
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND eval_id = ''
ORDER BY start_time, trace_id

-- Runs of users, as far as rates are over them: when, which deploy, whose trial, and with which chance they were drawn to be judged (null: not drawn).
SELECT
    trace_id, pipeline, service_name, service_version, environment, task_id,
    toString(toUnixTimestamp64Nano(start_time)) AS start_ns,
    drawn.probability AS sample_probability
FROM runs FINAL
LEFT JOIN (
    SELECT trace_id, toNullable(max(probability)) AS probability
    FROM samples FINAL
    WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
        AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    GROUP BY trace_id
) AS drawn USING (trace_id)
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({service_version: String} = '' OR service_version = {service_version: String})
    AND pipeline != '' AND eval_id = '' AND fixture_id = '' AND replay_pinned = ''
ORDER BY start_time, trace_id

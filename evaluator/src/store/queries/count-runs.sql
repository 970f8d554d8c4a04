-- Runs of a pipeline in a time range, evaluation traffic left out.
SELECT toString(uniqExact(trace_id)) AS runs
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})
    AND pipeline = {pipeline: String}
    AND eval_id = ''

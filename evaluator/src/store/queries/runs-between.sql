-- How many runs of a pipeline started between two times.
SELECT toString(count()) AS runs
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND pipeline = {pipeline: String}
    AND eval_id = ''

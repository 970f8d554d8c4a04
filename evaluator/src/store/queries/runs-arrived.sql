-- How many runs started after a millisecond.
SELECT toString(uniqExact(trace_id)) AS runs
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({after_ms: Int64} + 1)
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({service_version: String} = '' OR service_version = {service_version: String})
    AND eval_id = ''

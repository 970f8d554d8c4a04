-- Runs of a time range that were chosen for rating.
SELECT
    trace_id, pipeline, service_name, service_version, environment, stratum, sample_probability, probability, position, double_rated, reason,
    toString(toUnixTimestamp64Nano(run_start)) AS start_ns
FROM rating_queue FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({service_version: String} = '' OR service_version = {service_version: String})
ORDER BY position, trace_id

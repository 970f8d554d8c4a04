-- Runs of a time range that fit every selector given, newest first; an empty selector fits all.
SELECT
    trace_id, span_id, pipeline, service_name, service_version, environment, revision, outcome, task_id, input, output,
    toString(toUnixTimestamp64Nano(start_time)) AS start_ns,
    toString(duration_ns) AS duration_ns
FROM runs FINAL
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND (empty({trace_ids: Array(String)}) OR trace_id IN {trace_ids: Array(String)})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({service_name: String} = '' OR service_name = {service_name: String})
    AND ({service_version: String} = '' OR service_version = {service_version: String})
    AND ({environment: String} = '' OR environment = {environment: String})
    AND ({revision: String} = '' OR revision = {revision: String})
    -- Evaluation traffic is nobody's request: it is meant only where its runs are named.
    AND (eval_id = '' OR NOT empty({trace_ids: Array(String)}))
ORDER BY start_time DESC, trace_id
LIMIT {limit: UInt64}

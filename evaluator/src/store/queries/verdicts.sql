-- Judged runs, newest first; empty selectors fit all.
SELECT trace_id, pipeline, service_version, outcome, verdict, origin_step, origin_kind, probability, body,
    toString(toUnixTimestamp64Milli(run_start)) AS start_ms
FROM verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND evaluator = {evaluator: String}
    AND ({trace_id: String} = '' OR trace_id = {trace_id: String})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({service_version: String} = '' OR service_version = {service_version: String})
    AND ({step: String} = '' OR origin_step = {step: String})
    AND ({outcome: String} = '' OR outcome = {outcome: String})
ORDER BY run_start DESC, trace_id
LIMIT 200

-- Runs that passed have no fault to look for: their verdict is known without reading them. Those that this evaluator has judged keep theirs.
INSERT INTO verdicts (
    trace_id, evaluator, pipeline, service_name, service_version, environment, run_start, outcome, verdict, body
)
SELECT
    trace_id, {evaluator: String}, pipeline, service_name, service_version, environment, start_time, outcome, 'no-fault',
    concat(
        '{"trace_id":', toJSONString(trace_id), ',"pipeline":', toJSONString(toString(pipeline)),
        ',"service_version":', toJSONString(toString(service_version)),
        ',"outcome":"pass","verdict":"no-fault","origin":null,"candidates":[],"also":[],"set90":[],"evidence":[],"edges":[]}'
    )
FROM runs FINAL
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND pipeline = {pipeline: String}
    AND outcome = 'pass'
    AND eval_id = ''
    AND trace_id NOT IN (
        SELECT trace_id FROM verdicts
        WHERE evaluator = {evaluator: String} AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    )

-- One verdict a run, with a document of about 1 kB; the run's fault began in a step by hash, later deploys in search_docs more often.
INSERT INTO verdicts
    (trace_id, evaluator, pipeline, service_name, service_version, environment, run_start, outcome, verdict, origin_span_id, origin_step, origin_kind, origin_version, probability, body)
SELECT
    trace_id, {evaluator: String}, pipeline, service_name, service_version, environment, start_time, outcome,
    if(outcome = 'fail', if(cityHash64(trace_id) % 10 < 8, 'fault', 'ambiguous'), 'no-fault'),
    if(outcome = 'fail', span_id, ''), if(outcome = 'fail', 'search_docs', ''), if(outcome = 'fail', 'retrieval', ''),
    if(outcome = 'fail', service_version, ''), if(outcome = 'fail', 0.9, NULL),
    concat('{"trace_id":"', trace_id, '","candidates":[', arrayStringConcat(arrayMap(i -> concat('{"span_id":"', hex(cityHash64(trace_id, i)), '","probability":', toString(i / 45), '}'), range(10)), ','), ']}')
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})

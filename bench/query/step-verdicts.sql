-- Every step of every run; `broke` at the step where the run's verdict says so.
INSERT INTO step_verdicts
    (trace_id, evaluator, pipeline, service_name, service_version, environment, run_start, step, kind, component_version, reached, broke)
SELECT
    s.trace_id, {evaluator: String}, s.pipeline, s.service_name, s.service_version, s.environment, s.start_time, s.name, s.kind, s.component_version,
    1, if(s.name = 'search_docs' AND cityHash64(s.trace_id) % 100 < if(s.service_version = '42', 9, 3), 1, 0)
FROM steps AS s
WHERE s.start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND s.start_time < fromUnixTimestamp64Milli({until_ms: Int64}) AND s.kind != ''

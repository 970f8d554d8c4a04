CREATE MATERIALIZED VIEW IF NOT EXISTS step_minutes_mv TO step_minutes AS
SELECT
    pipeline,
    step,
    kind,
    service_version,
    component_version,
    toStartOfMinute(toDateTime(run_start)) AS minute,
    uniqExactStateIf(trace_id, step_verdicts.reached >= 0.5) AS reached,
    uniqExactStateIf(trace_id, step_verdicts.broke >= 0.5) AS broke
FROM step_verdicts
WHERE eval_id = ''
GROUP BY pipeline, step, kind, service_version, component_version, minute

-- Counts these hours anew from the runs' own rows. What was there before and is no more (another version, another step) becomes 0.
INSERT INTO step_hours (hour, pipeline, evaluator, service_version, step, kind, component_version, executions, reached, broke)
SELECT hour, pipeline, evaluator, service_version, step, kind, component_version, sum(executions), sum(reached), sum(broke)
FROM (
    SELECT toStartOfHour(run_start, 'UTC') AS hour, pipeline, evaluator, service_version, step, kind, component_version,
        toUInt64(1) AS executions, reached, broke
    FROM step_verdicts FINAL
    WHERE toStartOfHour(run_start, 'UTC') IN {hours: Array(DateTime('UTC'))} AND evaluator = {evaluator: String} AND eval_id = ''
    UNION ALL
    SELECT hour, pipeline, evaluator, service_version, step, kind, component_version, 0, 0, 0
    FROM step_hours FINAL
    WHERE hour IN {hours: Array(DateTime('UTC'))} AND evaluator = {evaluator: String}
)
GROUP BY hour, pipeline, evaluator, service_version, step, kind, component_version

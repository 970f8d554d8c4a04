-- Every component of runs that passed was reached, and broke none of them. `components` are the keys of a judged run's steps,
-- `handed_to` of those before which it has a hand-off. Runs that this evaluator has judged keep their rows.
INSERT INTO step_verdicts (
    trace_id, evaluator, pipeline, service_name, service_version, environment, run_start, step, kind, component_version, reached, broke
)
WITH passed AS (
    SELECT trace_id, pipeline, service_name, service_version, environment, start_time
    FROM runs FINAL
    WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
        AND pipeline = {pipeline: String}
        AND outcome = 'pass'
        AND eval_id = ''
        AND trace_id NOT IN (
            SELECT trace_id FROM step_verdicts
            WHERE evaluator = {evaluator: String} AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        )
)
SELECT
    trace_id, {evaluator: String}, pipeline, service_name, service_version, environment, run_start,
    node.1 AS step, node.2 AS kind, any(if(kind = 'edge', '', component_version)) AS component_version, 1 AS reached, 0 AS broke
FROM (
    SELECT
        passed.trace_id AS trace_id, passed.pipeline AS pipeline, passed.service_name AS service_name,
        passed.service_version AS service_version, passed.environment AS environment, passed.start_time AS run_start,
        steps.component_version AS component_version,
        if(
            has({handed_to: Array(String)}, concat(steps.kind, '/', steps.name)),
            [(toString(steps.name), toString(steps.kind)), (concat('hand-off to ', steps.name), 'edge')],
            [(toString(steps.name), toString(steps.kind))]
        ) AS nodes
    FROM steps
    INNER JOIN passed ON steps.trace_id = passed.trace_id
    WHERE steps.start_time >= fromUnixTimestamp64Milli({since_ms: Int64} - {slack_ms: Int64})
        AND steps.start_time <= fromUnixTimestamp64Milli({until_ms: Int64} + {slack_ms: Int64})
        AND has({components: Array(String)}, concat(steps.kind, '/', steps.name))
)
ARRAY JOIN nodes AS node
GROUP BY trace_id, pipeline, service_name, service_version, environment, run_start, step, kind
UNION ALL
SELECT trace_id, {evaluator: String}, pipeline, service_name, service_version, environment, start_time, 'input', 'input', '', 1, 0
FROM passed

-- Scores that the application or another tool put on a span, as events of the GenAI convention.
CREATE MATERIALIZED VIEW IF NOT EXISTS scores_from_steps_mv TO scores AS
WITH event.attributes AS a
SELECT
    trace_id,
    span_id,
    a['gen_ai.evaluation.name'] AS scorer,
    a['faultline.score.version'] AS scorer_version,
    name AS step,
    kind,
    '' AS sort,
    if(a['faultline.score.source'] IN ('judge', 'human'), a['faultline.score.source'], 'code') AS source,
    toFloat64OrNull(a['gen_ai.evaluation.score.value']) AS value,
    a['gen_ai.evaluation.score.label'] AS label,
    a['gen_ai.evaluation.explanation'] AS explanation,
    '' AS evidence,
    start_time AS run_start
FROM steps
ARRAY JOIN events AS event
WHERE event.name = 'gen_ai.evaluation.result' AND a['gen_ai.evaluation.name'] != ''

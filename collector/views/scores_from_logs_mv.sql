-- The same scores sent as log records; older SDKs put the event's name into an attribute. What an evaluator of ours sent out is no new score.
CREATE MATERIALIZED VIEW IF NOT EXISTS scores_from_logs_mv TO scores AS
WITH LogAttributes AS a
SELECT
    TraceId AS trace_id,
    SpanId AS span_id,
    a['gen_ai.evaluation.name'] AS scorer,
    a['faultline.score.version'] AS scorer_version,
    a['faultline.step.name'] AS step,
    a['faultline.step.kind'] AS kind,
    '' AS sort,
    if(a['faultline.score.source'] IN ('judge', 'human'), a['faultline.score.source'], 'code') AS source,
    toFloat64OrNull(a['gen_ai.evaluation.score.value']) AS value,
    a['gen_ai.evaluation.score.label'] AS label,
    a['gen_ai.evaluation.explanation'] AS explanation,
    '' AS evidence,
    Timestamp AS run_start
FROM otel_logs
WHERE (EventName = 'gen_ai.evaluation.result' OR a['event.name'] = 'gen_ai.evaluation.result')
    AND TraceId != '' AND a['gen_ai.evaluation.name'] != ''
    AND a['faultline.evaluator'] = ''

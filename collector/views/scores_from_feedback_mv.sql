-- What users said or did about runs (recordFeedback), as scores of the whole run. A thumb and a rating have a value; a retry, an edit, a copy or an
-- abandoned run only tell that they happened. The last thumb of a run counts, and the last rating.
CREATE MATERIALIZED VIEW IF NOT EXISTS scores_from_feedback_mv TO scores AS
WITH LogAttributes AS a, a['faultline.feedback'] AS word
SELECT
    if(a['faultline.feedback.trace_id'] != '', a['faultline.feedback.trace_id'], TraceId) AS trace_id,
    '' AS span_id,
    concat('feedback/', if(word IN ('thumb_up', 'thumb_down'), 'thumb', word)) AS scorer,
    '' AS scorer_version,
    a['faultline.feedback.step'] AS step,
    '' AS kind,
    '' AS sort,
    'human' AS source,
    multiIf(
        word = 'thumb_up', 1.,
        word = 'thumb_down', 0.,
        word = 'rating', toFloat64OrNull(a['faultline.feedback.value']),
        NULL) AS value,
    word AS label,
    a['faultline.feedback.comment'] AS explanation,
    '' AS evidence,
    Timestamp AS run_start
FROM otel_logs
WHERE (EventName = 'faultline.feedback' OR a['event.name'] = 'faultline.feedback')
    AND trace_id != '' AND word != ''

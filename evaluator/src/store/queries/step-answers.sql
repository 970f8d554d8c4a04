-- What the judge said of these runs and their steps; of several versions of a rubric the last.
SELECT trace_id, span_id, scorer, step, kind, value, explanation AS text
FROM scores FINAL
WHERE trace_id IN {trace_ids: Array(String)} AND source = 'judge' AND startsWith(scorer, 'judge/') AND value IS NOT NULL
ORDER BY created_at DESC
LIMIT 1 BY trace_id, span_id, scorer

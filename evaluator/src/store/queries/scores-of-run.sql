-- Every score of a run, the newest of each scorer.
SELECT span_id, step, kind, scorer, sort, source, value, p, label, explanation
FROM scores FINAL
WHERE trace_id = {trace_id: String}
ORDER BY span_id, p IS NULL, p, scorer
LIMIT 5000

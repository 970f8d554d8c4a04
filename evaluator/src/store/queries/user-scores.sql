-- What scorers of the user's said of these runs before, by their versions.
SELECT trace_id, span_id, scorer, scorer_version, value, label, explanation, evidence
FROM scores FINAL
WHERE trace_id IN {trace_ids: Array(String)} AND scorer IN {scorers: Array(String)} AND source = 'code'

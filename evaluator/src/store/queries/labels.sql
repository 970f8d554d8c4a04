-- Which step people blame in these runs: the last word of each rater, the step that most of them name.
SELECT trace_id, topK(1)(blame_step)[1] AS step
FROM ratings FINAL
WHERE trace_id IN {trace_ids: Array(String)} AND blame_step != ''
GROUP BY trace_id

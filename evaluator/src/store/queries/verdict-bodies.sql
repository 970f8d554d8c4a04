-- Verdicts of these runs.
SELECT trace_id, body FROM verdicts FINAL
WHERE trace_id IN {trace_ids: Array(String)} AND evaluator = {evaluator: String}

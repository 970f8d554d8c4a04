-- Runs among these whose verdict replay has verified.
SELECT trace_id FROM verdicts FINAL
WHERE trace_id IN {trace_ids: Array(String)} AND evaluator = {evaluator: String} AND verified

-- Runs among these whose verdict replay has verified.
SELECT trace_id FROM verdicts FINAL
WHERE trace_id IN {trace_ids: Array(String)} AND evaluator = {evaluator: String} AND verified
    AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})

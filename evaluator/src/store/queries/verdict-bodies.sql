-- Verdicts of these runs, which started in this range.
SELECT trace_id, body FROM verdicts FINAL
WHERE trace_id IN {trace_ids: Array(String)} AND evaluator = {evaluator: String}
    AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})

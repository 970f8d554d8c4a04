-- What a list shows of the verdicts of these runs.
SELECT trace_id, verdict, origin_step, origin_kind, probability, verified
FROM verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND trace_id IN {trace_ids: Array(String)}
    AND evaluator = {evaluator: String}

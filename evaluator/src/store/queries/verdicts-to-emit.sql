-- Verdicts of users' runs in the order in which they were written, after a place in that order.
SELECT trace_id, verdict, origin_span_id, origin_step, origin_kind, probability, toString(toUnixTimestamp64Milli(created_at)) AS created_ms
FROM verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64}) AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND evaluator = {evaluator: String} AND eval_id = ''
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND (toUnixTimestamp64Milli(created_at), trace_id) > ({after_ms: Int64}, {after_trace: String})
ORDER BY created_at, trace_id
LIMIT {limit: UInt64}

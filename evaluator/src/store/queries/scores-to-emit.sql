-- Scores in the order in which they were written, after a place in that order; empty lists and names fit all.
SELECT trace_id, span_id, scorer, scorer_version, step, kind, toString(source) AS source, value, label, explanation, evidence,
    toString(toUnixTimestamp64Milli(created_at)) AS created_ms
FROM scores FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64}) AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND (empty({sources: Array(String)}) OR has({sources: Array(String)}, toString(source)))
    AND (empty({scorers: Array(String)}) OR has({scorers: Array(String)}, scorer))
    AND ({pipeline: String} = '' OR trace_id IN (SELECT trace_id FROM runs WHERE pipeline = {pipeline: String}))
    AND (toUnixTimestamp64Milli(created_at), trace_id, span_id, scorer, scorer_version)
        > ({after_ms: Int64}, {after_trace: String}, {after_span: String}, {after_scorer: String}, {after_version: String})
ORDER BY created_at, trace_id, span_id, scorer, scorer_version
LIMIT {limit: UInt64}

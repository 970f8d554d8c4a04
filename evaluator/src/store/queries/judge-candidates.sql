-- Users' runs of a time range that a judge may be asked about, the oldest first; only those that were drawn for the behavioural layer, where told.
SELECT trace_id
FROM runs FINAL
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND eval_id = ''
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND (NOT {sampled: Bool} OR trace_id IN (SELECT trace_id FROM samples))
GROUP BY trace_id
ORDER BY min(start_time), trace_id

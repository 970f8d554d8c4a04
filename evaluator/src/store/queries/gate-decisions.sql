-- What the gate said, newest first.
SELECT eval_id, baseline_eval_id, pipeline, service_version, revision, toString(verdict) AS verdict, steps,
    toString(toUnixTimestamp64Milli(decided_at)) AS decided_ms,
    JSONExtractString(body, 'summary') AS summary
FROM gate_decisions FINAL
WHERE decided_at >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND decided_at <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({eval_id: String} = '' OR eval_id = {eval_id: String})
ORDER BY gate_decisions.decided_at DESC, eval_id
LIMIT {limit: UInt64}

SELECT eval_id
FROM gate_decisions FINAL
WHERE pipeline = {pipeline: String} AND verdict = 'pass' AND eval_id != {except: String}
    AND decided_at >= fromUnixTimestamp64Milli({since_ms: Int64})
ORDER BY decided_at DESC
LIMIT 1

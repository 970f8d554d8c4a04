-- One decision, whole.
SELECT body
FROM gate_decisions FINAL
WHERE eval_id = {eval_id: String} AND decided_at = fromUnixTimestamp64Milli({decided_ms: Int64})
LIMIT 1

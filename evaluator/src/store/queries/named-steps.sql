-- What the spans of these runs are called.
SELECT trace_id, span_id, any(name) AS step, any(steps.kind) AS kind
FROM steps
WHERE trace_id IN {trace_ids: Array(String)}
GROUP BY trace_id, span_id

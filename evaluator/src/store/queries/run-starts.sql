-- When these runs started, in microseconds since the epoch.
SELECT trace_id, toString(intDiv(toUnixTimestamp64Nano(min(start_time)), 1000)) AS start_us
FROM runs
WHERE trace_id IN {trace_ids: Array(String)}
GROUP BY trace_id

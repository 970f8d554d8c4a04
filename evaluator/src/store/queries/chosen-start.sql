-- When a run that was chosen for rating started.
SELECT toString(toUnixTimestamp64Milli(max(run_start))) AS start_ms
FROM rating_queue
WHERE trace_id = {trace_id: String}
HAVING count() > 0

-- How the given runs ended, and where the evaluator says that the fault of each began.
SELECT trace_id, service_name, service_version, environment, outcome, verdict, origin_step
FROM (
    SELECT * FROM runs FINAL
    WHERE trace_id IN {trace_ids: Array(String)}
        AND start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})
) AS drawn
LEFT JOIN (
    SELECT trace_id, verdict, origin_step FROM verdicts FINAL
    WHERE trace_id IN {trace_ids: Array(String)}
        AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND run_start < fromUnixTimestamp64Milli({until_ms: Int64})
        AND evaluator = {evaluator: String}
) AS judged USING (trace_id)

-- As runs-by-start.sql, of judged runs whose verdict fits: where the fault began, and what kind of verdict.
SELECT trace_id, toString(toUnixTimestamp64Nano(run_start)) AS start_ns
FROM verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND (run_start, trace_id) < (fromUnixTimestamp64Nano({before_ns: Int64}), {before_id: String})
    AND evaluator = {evaluator: String}
    AND eval_id = ''
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({service_version: String} = '' OR service_version = {service_version: String})
    AND ({outcome: String} = '' OR outcome = {outcome: String})
    AND ({step: String} = '' OR origin_step = {step: String})
    AND ({verdict: String} = '' OR verdict = {verdict: String})
    AND (
        {text: String} = ''
        OR trace_id IN (
            SELECT trace_id FROM runs
            WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
                AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
                AND (
                    positionCaseInsensitiveUTF8(input, {text: String}) > 0
                    OR positionCaseInsensitiveUTF8(output, {text: String}) > 0
                    OR startsWith(trace_id, lower({text: String}))
                )
        )
    )
ORDER BY run_start DESC, trace_id DESC
LIMIT {limit: UInt64}

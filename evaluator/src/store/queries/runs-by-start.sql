-- Ids of runs, newest first, from below a place in that order. Text is looked for in what was asked and answered; a text may also be a trace id's beginning.
SELECT trace_id, toString(toUnixTimestamp64Nano(start_time)) AS start_ns
FROM runs FINAL
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND (start_time, trace_id) < (fromUnixTimestamp64Nano({before_ns: Int64}), {before_id: String})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({service_version: String} = '' OR service_version = {service_version: String})
    AND ({outcome: String} = '' OR if(outcome IN ('pass', 'fail'), outcome, 'unknown') = {outcome: String})
    AND (
        {text: String} = ''
        OR positionCaseInsensitiveUTF8(input, {text: String}) > 0
        OR positionCaseInsensitiveUTF8(output, {text: String}) > 0
        OR startsWith(trace_id, lower({text: String}))
    )
    AND eval_id = ''
ORDER BY start_time DESC, trace_id DESC
LIMIT {limit: UInt64}

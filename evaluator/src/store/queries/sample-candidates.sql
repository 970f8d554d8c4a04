-- Runs of a pipeline that a sample may draw, those whose place lies below the highest chance. The place is a hash of the trace id, so that every
-- worker and every query agrees on it; trace ids themselves need not be random.
SELECT
    trace_id,
    toString(toUnixTimestamp64Milli(start_time)) AS start_ms,
    bitShiftRight(sipHash64({salt: String}, trace_id), 11) / 9007199254740992 AS place,
    service_name, service_version, environment, revision, outcome,
    arrayMap(field -> attributes[field], {attribute_fields: Array(String)}) AS attribute_values,
    if({with_inputs: UInt8} = 1, substringUTF8(input, 1, 400), '') AS beginning,
    lowest_score, verdict, probability
FROM (
    SELECT *
    FROM runs FINAL
    WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})
        AND pipeline = {pipeline: String}
        AND eval_id = ''
        AND bitShiftRight(sipHash64({salt: String}, trace_id), 11) / 9007199254740992 < {highest_chance: Float64}
) AS candidates
LEFT JOIN (
    SELECT trace_id, min(value) AS lowest_score
    FROM scores FINAL
    WHERE {with_scores: UInt8} = 1
        AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND run_start < fromUnixTimestamp64Milli({until_ms: Int64})
        AND value IS NOT NULL
    GROUP BY trace_id
) AS scored USING (trace_id)
LEFT JOIN (
    SELECT trace_id, verdict, probability
    FROM verdicts FINAL
    WHERE {with_verdicts: UInt8} = 1
        AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND run_start < fromUnixTimestamp64Milli({until_ms: Int64})
        AND evaluator = {evaluator: String}
) AS judged USING (trace_id)
ORDER BY start_time, trace_id

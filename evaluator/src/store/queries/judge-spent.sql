-- What the judge has cost since a time; empty trace id: for all runs.
SELECT toString(sum(input_tokens + output_tokens)) AS tokens, sum(ifNull(judge_answers.cost, 0)) AS cost
FROM judge_answers
WHERE asked_at >= fromUnixTimestamp64Milli({since_ms: Int64}) AND ({trace_id: String} = '' OR trace_id = {trace_id: String})

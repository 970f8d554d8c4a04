-- Where the faults of a time range's runs began, as located: the chance per step, its hand-off included.
SELECT trace_id, replaceRegexpOne(step, '^hand-off to ', '') AS step_name, sum(broke) AS broke
FROM step_verdicts FINAL
WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND evaluator = {evaluator: String} AND eval_id = ''
GROUP BY trace_id, step_name

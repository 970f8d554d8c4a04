-- Where the faults of a time range's runs began, as located: per run, the chance of every step, its hand-off included, from one in a thousand up.
SELECT trace_id, mapFromArrays(groupArrayIf(name, mass >= 0.001), groupArrayIf(mass, mass >= 0.001)) AS masses
FROM (
    SELECT trace_id, replaceRegexpOne(step, '^hand-off to ', '') AS name, sum(broke) AS mass
    FROM step_verdicts FINAL
    WHERE run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
        AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
        AND evaluator = {evaluator: String} AND eval_id = ''
    GROUP BY trace_id, name
)
GROUP BY trace_id

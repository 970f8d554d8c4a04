-- How often the judge said bad of what people say was bad or good: of steps where they name the step to blame, of whole runs where they rate these.
WITH
    blamed AS (SELECT trace_id, topK(1)(blame_step)[1] AS step FROM ratings FINAL WHERE blame_step != '' GROUP BY trace_id),
    rated AS (
        SELECT trace_id, topK(1)(rating)[1] AS word FROM ratings FINAL
        WHERE span_id = '' AND rating IN ('pass', 'fail') GROUP BY trace_id
    ),
    judged AS (
        SELECT trace_id, scorer, step, kind, value < 0.5 AS bad FROM scores FINAL
        WHERE source = 'judge' AND value IS NOT NULL AND scorer_version IN {versions: Array(String)}
            AND trace_id IN (SELECT trace_id FROM ratings)
            AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    )
SELECT scorer, faulty, toUInt32(count()) AS n, toUInt32(sum(bad)) AS bad
FROM (
    SELECT judged.scorer AS scorer, judged.bad AS bad, judged.step = blamed.step AS faulty
    FROM judged INNER JOIN blamed ON blamed.trace_id = judged.trace_id
    WHERE judged.kind != ''
    UNION ALL
    SELECT judged.scorer AS scorer, judged.bad AS bad, rated.word = 'fail' AS faulty
    FROM judged INNER JOIN rated ON rated.trace_id = judged.trace_id
    WHERE judged.kind = ''
)
GROUP BY scorer, faulty

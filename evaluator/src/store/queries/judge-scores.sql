-- What judges say of runs of a time range; null where one could not tell.
SELECT trace_id, span_id, scorer, scorer_version, step, value, label, toString(toUnixTimestamp64Milli(created_at)) AS created_ms
FROM scores FINAL
WHERE source = 'judge'
    AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({scorer: String} = '' OR scorer = {scorer: String})
ORDER BY created_at, trace_id, span_id, scorer, scorer_version

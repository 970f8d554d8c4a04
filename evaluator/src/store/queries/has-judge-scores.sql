-- Whether the judge has said anything of runs in a range.
SELECT count() > 0 AS has
FROM (
    SELECT 1 FROM scores
    WHERE source = 'judge' AND run_start >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND run_start <= fromUnixTimestamp64Milli({until_ms: Int64})
    LIMIT 1
)

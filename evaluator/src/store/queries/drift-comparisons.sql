-- Streams of the newest comparisons of a time range, newest first; an empty pipeline fits all.
SELECT pipeline, toString(toUnixTimestamp64Milli(compared_at)) AS compared_ms, baseline, candidate, q, body, mix
FROM drift_comparisons FINAL
WHERE ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND compared_at >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND compared_at <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND (pipeline, compared_at) IN (
        SELECT DISTINCT pipeline, compared_at
        FROM drift_comparisons
        WHERE ({pipeline: String} = '' OR pipeline = {pipeline: String})
            AND compared_at >= fromUnixTimestamp64Milli({since_ms: Int64})
            AND compared_at <= fromUnixTimestamp64Milli({until_ms: Int64})
        ORDER BY compared_at DESC
        LIMIT {limit: UInt32}
    )
ORDER BY compared_at DESC, step, kind, text

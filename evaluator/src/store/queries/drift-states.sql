-- Where the watch over each stream of a pipeline stands: its newest bucket.
SELECT step, kind, toString(text) AS text, toUnixTimestamp(bucket) AS bucket, toUnixTimestamp(since) AS since, state
FROM drift_days FINAL
WHERE pipeline = {pipeline: String}
    AND bucket_seconds = {bucket_seconds: UInt32}
    AND bucket >= fromUnixTimestamp(toInt64({since_s: Int64}))
ORDER BY bucket DESC
LIMIT 1 BY step, kind, text

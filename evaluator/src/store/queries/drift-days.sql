-- Watched buckets of a time range, by stream and time; an empty pipeline fits all.
SELECT pipeline, step, kind, toString(text) AS text, bucket_seconds, toUnixTimestamp(bucket) AS bucket, toUnixTimestamp(since) AS since,
    texts, past_texts, p, aspect, log_wealth, log_threshold, alarm, body
FROM drift_days FINAL
WHERE ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({bucket_seconds: UInt32} = 0 OR bucket_seconds = {bucket_seconds: UInt32})
    AND bucket >= fromUnixTimestamp(intDiv({since_ms: Int64}, 1000))
    AND bucket <= fromUnixTimestamp(intDiv({until_ms: Int64}, 1000))
ORDER BY pipeline, step, kind, text, bucket_seconds, bucket

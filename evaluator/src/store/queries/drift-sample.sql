-- At most so many users' runs of a pipeline for each bucket of time: those with the lowest place, which is a hash of the trace id.
SELECT trace_id, toUInt32(toUnixTimestamp(toStartOfInterval(start_time, toIntervalSecond({bucket_seconds: UInt32}), toDateTime64(0, 9, 'UTC')))) AS bucket
FROM runs FINAL
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})
    AND pipeline = {pipeline: String}
    AND eval_id = ''
ORDER BY bucket, sipHash64('drift', trace_id)
LIMIT {per_bucket: UInt32} BY bucket

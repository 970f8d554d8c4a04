-- What arrived in a time range, by the spans' own times: how much, how late, from how many deploys, sampled or not.
SELECT
    toString(count()) AS spans,
    toString(uniqExact(TraceId)) AS traces,
    toString(toUnixTimestamp64Milli(max(Timestamp))) AS newest_ms,
    quantile(0.95)(greatest(0, toFloat64(InsertedAt) - toFloat64(Timestamp) - if(Duration > 9223372036854775807, 0, Duration) / 1e9)) AS lag_p95_s,
    toString(countIf(Timestamp > InsertedAt + INTERVAL 60 SECOND)) AS ahead,
    toString(countIf(Duration > 9223372036854775807)) AS backwards,
    toString(countIf(TraceState LIKE '%ot=%th:%')) AS sampled,
    toString(uniqExactIf(TraceId, ParentSpanId = '')) AS traces_with_root
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Milli({since_ms: Int64}) AND Timestamp <= fromUnixTimestamp64Milli({until_ms: Int64}) AND TraceId != ''

-- How far back the newest so many runs reach, from below a place in the list: a search looks through them and no further.
SELECT toString(toUnixTimestamp64Milli(min(start_time))) AS edge_ms, toString(count()) AS runs
FROM (
    SELECT start_time FROM runs
    WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
        AND start_time <= fromUnixTimestamp64Nano({before_ns: Int64})
        AND ({pipeline: String} = '' OR pipeline = {pipeline: String})
    ORDER BY start_time DESC
    LIMIT {limit: UInt64}
)

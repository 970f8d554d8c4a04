-- The run of the same task (its id, else the same input) that went well and lies nearest in time: of another deploy where there is one, since what
-- broke with a deploy also breaks the runs of it that got through. Nothing where more than `among` runs would have to be read for it.
WITH (
    SELECT input FROM runs
    WHERE start_time >= fromUnixTimestamp64Milli({start_ms: Int64} - 1) AND start_time <= fromUnixTimestamp64Milli({start_ms: Int64} + 1)
        AND trace_id = {trace_id: String}
    LIMIT 1
) AS asked,
(
    SELECT count() FROM runs
    WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
) AS around
SELECT trace_id
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND ({task_id: String} != '' OR around <= {among: UInt64})
    AND pipeline = {pipeline: String}
    AND outcome = 'pass'
    AND trace_id != {trace_id: String}
    AND if({task_id: String} = '', asked != '' AND input = asked, task_id = {task_id: String})
ORDER BY service_version = {service_version: String}, abs(toUnixTimestamp64Milli(start_time) - {start_ms: Int64}), trace_id
LIMIT 1

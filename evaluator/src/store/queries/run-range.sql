-- First and last start of the stored runs; both 0 where there is none.
SELECT
    toString(toUnixTimestamp64Milli(min(start_time))) AS first_ms,
    toString(toUnixTimestamp64Milli(max(start_time))) AS last_ms,
    toString(count()) AS runs
FROM runs
WHERE ({pipeline: String} = '' OR pipeline = {pipeline: String})

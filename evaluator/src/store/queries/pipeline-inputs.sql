-- What the pipelines' own spans were asked, where a request's span around them is the root and does not know.
SELECT trace_id, substringUTF8(input, 1, 2000) AS asked
FROM steps
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND trace_id IN {trace_ids: Array(String)}
    AND pipeline != '' AND input != ''
ORDER BY trace_id, start_time DESC

-- Runs that were asked nearly the same words, among the newest so many of a time: Jaccard similarity of the words of both inputs.
WITH (
    SELECT arrayDistinct(tokens(lowerUTF8(substringUTF8(input, 1, 2000)))) FROM runs
    WHERE start_time >= fromUnixTimestamp64Milli({start_ms: Int64} - 1) AND start_time <= fromUnixTimestamp64Milli({start_ms: Int64} + 1)
        AND trace_id = {trace_id: String}
    LIMIT 1
) AS asked
SELECT trace_id, length(arrayIntersect(words, asked)) / length(arrayDistinct(arrayConcat(words, asked))) AS likeness
FROM (
    SELECT trace_id, start_time, arrayDistinct(tokens(lowerUTF8(substringUTF8(input, 1, 2000)))) AS words
    FROM runs
    WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
        AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
        AND pipeline = {pipeline: String}
        AND trace_id != {trace_id: String}
        AND input != ''
        AND eval_id = ''
    ORDER BY start_time DESC
    LIMIT {among: UInt64}
)
WHERE notEmpty(asked) AND likeness >= {at_least: Float64}
ORDER BY likeness DESC, start_time DESC
LIMIT {limit: UInt64}

-- Spans that speak of models, tools or retrieval, and that no rule of `steps_mv` calls a step.
SELECT
    service_name AS service,
    span_name AS span,
    toString(count()) AS spans,
    arraySort(groupUniqArrayArray(5)(arrayFilter(key -> match(key, '^(gen_ai|llm|openinference|traceloop|ai)\\.'), mapKeys(attributes)))) AS names
FROM steps
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND kind = '' AND pipeline = ''
    AND arrayExists(key -> match(key, '^(gen_ai|llm|openinference|traceloop|ai)\\.'), mapKeys(attributes))
GROUP BY service, span
ORDER BY count() DESC
LIMIT 10

-- Per service: which steps lack what makes them useful. HTTP and database spans have no kind and are no steps.
SELECT
    service_name AS service,
    toString(count()) AS spans,
    toString(countIf(kind != '')) AS steps,
    toString(countIf(kind != '' AND component_version = '')) AS without_version,
    toString(countIf(kind != '' AND input = '' AND output = '')) AS without_content,
    toString(countIf(kind != '' AND (mapContains(attributes, 'faultline.step.input.bytes') OR mapContains(attributes, 'faultline.step.output.bytes')))) AS cut,
    toString(countIf(service_version = '')) AS without_service_version,
    toString(countIf(environment = '')) AS without_environment
FROM steps
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
GROUP BY service
ORDER BY count() DESC
LIMIT 50

-- Stored profiles of components. `name` is the deploy that they were learned from.
SELECT
    pipeline, step, kind, route, name, body, toString(runs) AS runs,
    toString(toUnixTimestamp64Micro(CAST(reference_from, 'DateTime64(6)'))) AS from_us,
    toString(toUnixTimestamp64Micro(CAST(reference_until, 'DateTime64(6)'))) AS until_us
FROM profiles FINAL
WHERE ({pipeline: String} = '' OR pipeline = {pipeline: String})
    AND ({step: String} = '' OR step = {step: String})
ORDER BY pipeline, reference_until DESC, name, step, route

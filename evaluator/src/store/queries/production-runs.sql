-- Runs of a pipeline, newest first: which of them evaluations and replays left, and where the run's own input was recorded only in part.
SELECT
    trace_id,
    fixture_id != '' OR eval_id != '' OR replay_pinned != '' AS evaluation,
    mapContains(attributes, 'faultline.step.input.bytes') OR mapContains(attributes, 'gen_ai.input.messages.bytes') AS cut
FROM runs FINAL
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64})
    AND start_time <= fromUnixTimestamp64Milli({until_ms: Int64})
    AND pipeline = {pipeline: String}
ORDER BY start_time DESC, trace_id
LIMIT {limit: UInt64}

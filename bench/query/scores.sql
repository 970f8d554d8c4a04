-- Three scores a run.
INSERT INTO scores (trace_id, span_id, scorer, scorer_version, step, kind, sort, source, value, run_start)
SELECT trace_id, span_id, concat('check-', name), '1', name, kind, if(name = 'answer', 'inherited', 'local'), 'code', (cityHash64(span_id) % 100) / 100, start_time
FROM steps
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})
    AND name IN ('search_docs', 'answer', 'parse_answer')

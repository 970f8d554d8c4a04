-- One verdict a run, with a document of about 1.5 kB in the evaluator's shape.
INSERT INTO verdicts
    (trace_id, evaluator, pipeline, service_name, service_version, environment, run_start, outcome, verdict, origin_span_id, origin_step, origin_kind, origin_version, probability, body)
WITH
    outcome = 'fail' AS broken,
    ['search_docs', 'build_prompt', 'plan', 'answer', 'package_info', 'price_info', 'stock_info', 'parse_answer', 'render_html'] AS names,
    if(broken, if(cityHash64(trace_id) % 10 < 8, 'fault', 'ambiguous'), 'no-fault') AS decided,
    arrayMap(i -> lower(hex(cityHash64(trace_id, i))), range(9)) AS ids,
    arrayMap((id, name, i) -> concat('{"span_id":"', id, '","step":"', name, '","kind":"custom","probability":', toString(round(if(i = 1, 0.9, 0.1 / 8), 4)), '}'), ids, names, range(1, 10)) AS candidates,
    arrayMap((id, name) -> concat('{"span_id":"', id, '","step":"', name, '","check":"expected-content","sort":"local","score":0.08,"p":0.001,"text":"the documents found hold 1 of 9 words of the question"}'), ids, names) AS evidence
SELECT
    trace_id, {evaluator: String}, pipeline, service_name, service_version, environment, start_time, outcome, decided,
    if(broken, ids[1], ''), if(broken, 'search_docs', ''), if(broken, 'retrieval', ''), if(broken, service_version, ''), if(broken, 0.9, NULL),
    concat('{"trace_id":"', trace_id, '","pipeline":"', pipeline, '","service_version":"', service_version, '","outcome":"', outcome, '","verdict":"', decided,
        '","origin":', if(broken, concat(substring(candidates[1], 1, length(candidates[1]) - 1), ',"component_version":"', service_version, '","verified":false}'), 'null'),
        ',"candidates":[', arrayStringConcat(candidates, ','), '],"set90":["', ids[1], '"],"evidence":[', if(broken, arrayStringConcat(arraySlice(evidence, 1, 4), ','), ''), ']}')
FROM runs
WHERE start_time >= fromUnixTimestamp64Milli({since_ms: Int64}) AND start_time < fromUnixTimestamp64Milli({until_ms: Int64})

-- Runs of ten spans each, evenly over the time given: a root, a prompt, a retrieval, two model calls with 1 kB of content, four tool calls and
-- post-processing with 150 B, a render. Two pipelines, three deploys one after another; texts are words drawn by hash, so that they compress
-- like text.
INSERT INTO otel_traces
    (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode)
WITH
    ['the', 'component', 'answers', 'with', 'pages', 'about', 'install', 'options', 'returned', 'version', 'and', 'package', 'error', 'question', 'of', 'index',
     'documents', 'found', 'render', 'model', 'prompt', 'is', 'not', 'to', 'in', 'read', 'write', 'value', 'default', 'when', 'user', 'file'] AS words,
    intDiv(number, 10) AS run,
    number % 10 AS span,
    cityHash64(run, 1) AS h,
    fromUnixTimestamp64Milli(toInt64({start_ms: Int64} + intDiv(run * {span_ms: UInt64}, {total_runs: UInt64}))) AS run_start,
    multiIf(run < {total_runs: UInt64} * 0.4, '41', run < {total_runs: UInt64} * 0.8, '42', '43') AS version,
    if(h % 4 = 0, 'order-agent', 'docs-answer') AS pipeline_name,
    ['root', 'build_prompt', 'search_docs', 'plan', 'answer', 'package_info', 'price_info', 'stock_info', 'parse_answer', 'render_html'][span + 1] AS step_name,
    ['', 'prompt_build', 'retrieval', 'model', 'model', 'tool_call', 'tool_call', 'tool_call', 'post_process', 'render'][span + 1] AS step_kind,
    if(span IN (0, 3, 4), 70, 12) AS length,
    arrayStringConcat(arrayMap(i -> words[cityHash64(number, i) % 32 + 1], range(length)), ' ') AS input,
    arrayStringConcat(arrayMap(i -> words[cityHash64(number, i, 7) % 32 + 1], range(length)), ' ') AS output
SELECT
    addMilliseconds(toDateTime64(run_start, 9), span * 37),
    lower(hex(sipHash128(run))),
    lower(hex(sipHash64(number))),
    if(span = 0, '', lower(hex(sipHash64(run * 10)))),
    if(span = 0, pipeline_name, step_name),
    if(span IN (3, 4), 'Client', 'Internal'),
    if(pipeline_name = 'docs-answer', 'docs', 'orders'),
    map('service.name', if(pipeline_name = 'docs-answer', 'docs', 'orders'), 'service.version', version, 'deployment.environment.name', 'production',
        'vcs.ref.head.revision', hex(cityHash64(version))),
    '@faultline/instrumentation', '0.1.0',
    mapFilter((k, v) -> v != '', map(
        'faultline.pipeline', pipeline_name,
        'faultline.outcome', if(span = 0, if(h % 100 < if(version = '42', 9, 3), 'fail', 'pass'), ''),
        'faultline.step.kind', step_kind,
        'faultline.step.name', if(span = 0, '', step_name),
        'faultline.component.version', if(span = 0, '', version),
        'faultline.step.input', input,
        'faultline.step.output', output,
        'gen_ai.request.model', if(step_kind = 'model', 'model-a', ''),
        'gen_ai.usage.input_tokens', if(step_kind = 'model', toString(cityHash64(number) % 2000), ''),
        'session.id', toString(h % 200000))),
    if(span = 0, 400, 10 + cityHash64(number, 3) % 40) * 1000000,
    if(h % 1000 = 0 AND span = 5, 'Error', 'Unset')
FROM numbers({first_run: UInt64} * 10, {runs: UInt64} * 10)
SETTINGS max_insert_threads = 1, max_partitions_per_insert_block = 0

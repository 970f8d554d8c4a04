-- A run is one trace; its row comes from the root span.
CREATE MATERIALIZED VIEW IF NOT EXISTS runs_mv TO runs AS
WITH
    SpanAttributes AS a,
    arrayFirst(k -> a[k] != '', ['faultline.step.input', 'gen_ai.input.messages', 'gen_ai.tool.call.arguments', 'gen_ai.retrieval.query.text',
        'input.value', 'traceloop.entity.input', 'ai.prompt.messages', 'ai.prompt', 'ai.toolCall.args', 'ai.toolCall.input', 'gen_ai.prompt']) AS input_key,
    arrayFirst(k -> a[k] != '', ['faultline.step.output', 'gen_ai.output.messages', 'gen_ai.tool.call.result', 'output.value', 'traceloop.entity.output',
        'ai.response.text', 'ai.response.object', 'ai.response.toolCalls', 'ai.toolCall.result', 'ai.toolCall.output', 'gen_ai.completion']) AS output_key
SELECT
    TraceId AS trace_id,
    SpanId AS span_id,
    if(a['faultline.pipeline'] != '', a['faultline.pipeline'], SpanName) AS pipeline,
    ServiceName AS service_name,
    ResourceAttributes['service.version'] AS service_version,
    if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'],
        ResourceAttributes['deployment.environment']) AS environment,
    ResourceAttributes['vcs.ref.head.revision'] AS revision,
    Timestamp AS start_time,
    -- a clock that went backwards leaves end < start, which the exporter's unsigned subtraction turns into centuries
    if(Duration > 9223372036854775807, 0, Duration) AS duration_ns,
    if(a['faultline.outcome'] IN ('pass', 'fail'), a['faultline.outcome'], '') AS outcome,
    a['faultline.task_id'] AS task_id,
    a[input_key] AS input,
    a[output_key] AS output,
    StatusCode AS status_code,
    StatusMessage AS status_message,
    a['faultline.fixture.id'] AS fixture_id,
    a['faultline.eval.id'] AS eval_id,
    a['faultline.replay.pinned'] AS replay_pinned,
    mapFilter((k, v) -> k != input_key AND k != output_key, a) AS attributes
FROM otel_traces
WHERE ParentSpanId = '' AND TraceId != ''

-- A run is one trace; its row comes from the root span.
CREATE MATERIALIZED VIEW IF NOT EXISTS runs_mv TO runs AS
WITH
    -- as a plain map, whose look-ups cost a third; a lambda over the map would copy it for every key, so the keys are spelled out
    CAST(SpanAttributes, 'Map(String, String)') AS a,
    multiIf(
        a['faultline.step.input'] != '', 'faultline.step.input', a['gen_ai.input.messages'] != '', 'gen_ai.input.messages',
        a['gen_ai.tool.call.arguments'] != '', 'gen_ai.tool.call.arguments',
        a['gen_ai.retrieval.query.text'] != '', 'gen_ai.retrieval.query.text', a['input.value'] != '', 'input.value',
        a['traceloop.entity.input'] != '', 'traceloop.entity.input', a['ai.prompt.messages'] != '', 'ai.prompt.messages',
        a['ai.prompt'] != '', 'ai.prompt', a['ai.toolCall.args'] != '', 'ai.toolCall.args', a['ai.toolCall.input'] != '', 'ai.toolCall.input',
        a['gen_ai.prompt'] != '', 'gen_ai.prompt', '') AS input_key,
    multiIf(
        a['faultline.step.output'] != '', 'faultline.step.output', a['gen_ai.output.messages'] != '', 'gen_ai.output.messages',
        a['gen_ai.tool.call.result'] != '', 'gen_ai.tool.call.result', a['output.value'] != '', 'output.value',
        a['traceloop.entity.output'] != '', 'traceloop.entity.output', a['ai.response.text'] != '', 'ai.response.text',
        a['ai.response.object'] != '', 'ai.response.object', a['ai.response.toolCalls'] != '', 'ai.response.toolCalls',
        a['ai.toolCall.result'] != '', 'ai.toolCall.result', a['ai.toolCall.output'] != '', 'ai.toolCall.output',
        a['gen_ai.completion'] != '', 'gen_ai.completion', '') AS output_key
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

-- What the evaluator reads: every span of a run as a step, and every root span as a run. The views `steps_mv` and `runs_mv` fill them.
-- The key decides: the same span sent twice is one row (read with FINAL).
CREATE TABLE IF NOT EXISTS steps (
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    start_time DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    duration_ns UInt64 CODEC(T64, ZSTD(1)),
    service_name LowCardinality(String),
    service_version LowCardinality(String),
    environment LowCardinality(String),
    revision LowCardinality(String),
    pipeline LowCardinality(String),
    span_name LowCardinality(String),
    kind LowCardinality(String),
    name LowCardinality(String),
    component_version String CODEC(ZSTD(1)),
    input String CODEC(ZSTD(1)),
    output String CODEC(ZSTD(1)),
    status_code LowCardinality(String),
    status_message String CODEC(ZSTD(1)),
    error_type LowCardinality(String),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    links Array(String) CODEC(ZSTD(1)),
    events Array(Tuple(name String, attributes Map(String, String))) CODEC(ZSTD(1)),
    inserted_at DateTime MATERIALIZED now() CODEC(Delta(4), ZSTD(1)),
    INDEX idx_step (pipeline, name, kind) TYPE set(1000) GRANULARITY 4,
    INDEX idx_inserted_at inserted_at TYPE minmax GRANULARITY 4
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(start_time)
ORDER BY (trace_id, start_time, span_id)
TTL greatest(toDateTime(start_time), inserted_at) + toIntervalDay(30)
-- Rows are wide and asked for by run: a granule of 8,192 would be megabytes to read for ten steps.
SETTINGS ttl_only_drop_parts = 1, index_granularity = 512;

CREATE TABLE IF NOT EXISTS runs (
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    pipeline LowCardinality(String),
    service_name LowCardinality(String),
    service_version LowCardinality(String),
    environment LowCardinality(String),
    revision LowCardinality(String),
    start_time DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    duration_ns UInt64 CODEC(T64, ZSTD(1)),
    outcome LowCardinality(String),
    task_id String CODEC(ZSTD(1)),
    input String CODEC(ZSTD(1)),
    output String CODEC(ZSTD(1)),
    status_code LowCardinality(String),
    status_message String CODEC(ZSTD(1)),
    fixture_id String CODEC(ZSTD(1)),
    eval_id String CODEC(ZSTD(1)),
    replay_pinned String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    inserted_at DateTime MATERIALIZED now() CODEC(Delta(4), ZSTD(1)),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(start_time)
ORDER BY (start_time, trace_id)
TTL greatest(toDateTime(start_time), inserted_at) + toIntervalDay(180)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 512;

-- What the evaluator writes. Writing the same thing again replaces it: read with FINAL.
-- Verdicts are sorted by the hour of their run, which never changes: what is asked for is a time range, and parts of different hours need no
-- merging when they are read with FINAL.
CREATE TABLE IF NOT EXISTS scores (
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    scorer LowCardinality(String),
    scorer_version LowCardinality(String),
    step LowCardinality(String),
    kind LowCardinality(String),
    sort LowCardinality(String),
    source Enum8('code' = 1, 'judge' = 2, 'human' = 3) DEFAULT 'code',
    value Nullable(Float64),
    label LowCardinality(String),
    explanation String CODEC(ZSTD(1)),
    evidence String CODEC(ZSTD(1)),
    p Nullable(Float64),
    from_span_id String CODEC(ZSTD(1)),
    run_start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(run_start)
ORDER BY (trace_id, span_id, scorer, scorer_version)
TTL toDateTime(created_at) + toIntervalDay(180);

CREATE TABLE IF NOT EXISTS verdicts (
    trace_id String CODEC(ZSTD(1)),
    evaluator LowCardinality(String),
    pipeline LowCardinality(String),
    service_name LowCardinality(String),
    service_version LowCardinality(String),
    environment LowCardinality(String),
    run_start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    outcome LowCardinality(String),
    verdict LowCardinality(String),
    origin_span_id String CODEC(ZSTD(1)),
    origin_step LowCardinality(String),
    origin_kind LowCardinality(String),
    origin_version String CODEC(ZSTD(1)),
    probability Nullable(Float64),
    verified Bool DEFAULT false,
    body String CODEC(ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(run_start)
ORDER BY (toStartOfHour(run_start, 'UTC'), trace_id, evaluator)
TTL toDateTime(created_at) + toIntervalDay(180)
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS step_verdicts (
    trace_id String CODEC(ZSTD(1)),
    evaluator LowCardinality(String),
    pipeline LowCardinality(String),
    service_name LowCardinality(String),
    service_version LowCardinality(String),
    environment LowCardinality(String),
    run_start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    step LowCardinality(String),
    kind LowCardinality(String),
    component_version String CODEC(ZSTD(1)),
    reached Float64,
    broke Float64,
    created_at DateTime64(3) DEFAULT now64(3),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(run_start)
ORDER BY (toStartOfHour(run_start, 'UTC'), trace_id, step, evaluator)
TTL toDateTime(created_at) + toIntervalDay(180);

-- Sets of trace ids, not counts: evaluating a run again changes nothing. Read with uniqExactMerge.
CREATE TABLE IF NOT EXISTS step_minutes (
    pipeline LowCardinality(String),
    step LowCardinality(String),
    kind LowCardinality(String),
    service_version LowCardinality(String),
    component_version String,
    minute DateTime,
    reached AggregateFunction(uniqExact, String),
    broke AggregateFunction(uniqExact, String),
    inserted_at SimpleAggregateFunction(max, DateTime) DEFAULT now()
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, pipeline, step, kind, service_version, component_version)
TTL greatest(minute, inserted_at) + toIntervalDay(180);

-- Sums by the hour, for ranges of days. The evaluator counts an hour anew whenever it has judged runs of it.
CREATE TABLE IF NOT EXISTS step_hours (
    hour DateTime,
    pipeline LowCardinality(String),
    evaluator LowCardinality(String),
    service_version LowCardinality(String),
    step LowCardinality(String),
    kind LowCardinality(String),
    component_version String,
    executions UInt64,
    reached Float64,
    broke Float64,
    counted_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(counted_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, pipeline, evaluator, service_version, step, kind, component_version)
TTL toDateTime(counted_at) + toIntervalDay(180);

CREATE TABLE IF NOT EXISTS profiles (
    pipeline LowCardinality(String),
    step LowCardinality(String),
    kind LowCardinality(String),
    route LowCardinality(String),
    name LowCardinality(String),
    body String CODEC(ZSTD(1)),
    reference_from DateTime64(9),
    reference_until DateTime64(9),
    runs UInt64,
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY (pipeline, step, kind, route, name)
TTL toDateTime(created_at) + toIntervalDay(180);

CREATE TABLE IF NOT EXISTS ratings (
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    rater LowCardinality(String),
    rating LowCardinality(String),
    blame_step LowCardinality(String),
    comment String CODEC(ZSTD(1)),
    probability Nullable(Float64) COMMENT 'chance with which this run was chosen for rating; weights rates back to all runs',
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY (trace_id, span_id, rater)
TTL toDateTime(created_at) + toIntervalDay(180);

CREATE TABLE IF NOT EXISTS eval_runs (
    eval_id String,
    layer LowCardinality(String),
    pipeline LowCardinality(String),
    service_version LowCardinality(String),
    environment LowCardinality(String),
    revision LowCardinality(String),
    baseline_eval_id String,
    planned UInt32,
    attempted UInt32,
    completed UInt32,
    errored UInt32,
    started_at DateTime64(3),
    finished_at Nullable(DateTime64(3)),
    body String CODEC(ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY eval_id
TTL toDateTime(created_at) + toIntervalDay(180);

CREATE TABLE IF NOT EXISTS eval_cases (
    eval_id String,
    fixture_id String,
    trial UInt32,
    trace_id String,
    outcome LowCardinality(String),
    value Nullable(Float64),
    error String CODEC(ZSTD(1)),
    duration_ns UInt64,
    body String CODEC(ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY (eval_id, fixture_id, trial)
TTL toDateTime(created_at) + toIntervalDay(180);

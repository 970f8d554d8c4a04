-- Every answer of the LLM judge that was paid for: what the same question is answered with again, and what was spent on which day.
CREATE TABLE IF NOT EXISTS judge_answers (
    key String COMMENT 'hash of rubric, texts, model and parameters' CODEC(ZSTD(1)),
    repeat UInt16,
    rubric LowCardinality(String),
    model LowCardinality(String),
    verdict LowCardinality(String) COMMENT 'pass, fail, cannot_tell; empty where the answer could not be read',
    reason String CODEC(ZSTD(1)),
    input_tokens UInt64,
    output_tokens UInt64,
    cost Nullable(Float64) COMMENT 'in the currency of the price; null without a price',
    trace_id String COMMENT 'the run for which it was asked' CODEC(ZSTD(1)),
    asked_at DateTime64(3),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_asked_at asked_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(asked_at)
ORDER BY (key, repeat, asked_at)
TTL toDateTime(asked_at) + toIntervalDay(180);

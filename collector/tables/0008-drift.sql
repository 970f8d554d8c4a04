-- Drift of what is asked and answered, stream by stream: a text (`input` or `response`) of the whole run (`step` '') or of a step.
-- The watch: one row a day (or another bucket of time), with the evidence so far and what it needs to go on from there.
CREATE TABLE IF NOT EXISTS drift_days (
    pipeline LowCardinality(String),
    step LowCardinality(String),
    kind LowCardinality(String),
    text Enum8('input' = 1, 'response' = 2),
    bucket_seconds UInt32 COMMENT 'length of a bucket: 86400 is a day; watches of different buckets are different watches',
    bucket DateTime,
    since DateTime COMMENT 'first bucket that is compared with: the first of the watch, or that of the last alarm',
    texts UInt32,
    past_texts UInt32,
    p Nullable(Float64) COMMENT 'of this bucket alone; null where it could not be told',
    aspect LowCardinality(String) COMMENT 'words, meaning or length: what differed most',
    log_wealth Float64 COMMENT 'natural logarithm of the evidence that something has changed since `since`',
    log_threshold Float64 COMMENT 'alarm from here on',
    alarm Bool,
    state String CODEC(ZSTD(1)),
    body String COMMENT 'JSON: where there is an alarm, which words, clusters and runs' CODEC(ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(bucket)
ORDER BY (pipeline, bucket_seconds, step, kind, text, bucket)
TTL toDateTime(created_at) + toIntervalDay(180);

-- Two sets of runs compared, one row for each stream.
CREATE TABLE IF NOT EXISTS drift_comparisons (
    pipeline LowCardinality(String),
    compared_at DateTime64(3),
    baseline String,
    candidate String,
    step LowCardinality(String),
    kind LowCardinality(String),
    text Enum8('input' = 1, 'response' = 2),
    texts_before UInt32,
    texts_after UInt32,
    p Nullable(Float64),
    q Nullable(Float64) COMMENT 'corrected for all streams that were compared',
    aspect LowCardinality(String),
    body String COMMENT 'JSON of the stream, as in drift --json' CODEC(ZSTD(1)),
    mix String COMMENT 'JSON: the change of the failure rate in two parts, the same for all streams of a comparison; empty where nobody can tell' CODEC(ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(compared_at)
ORDER BY (pipeline, compared_at, step, kind, text)
TTL toDateTime(created_at) + toIntervalDay(180);

-- Embeddings of texts, so that no text is paid for twice.
CREATE TABLE IF NOT EXISTS embeddings (
    name LowCardinality(String) COMMENT 'the embedding model',
    text_hash String COMMENT 'SHA-256 of the text',
    vector Array(Float32) CODEC(ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY (name, text_hash)
TTL toDateTime(created_at) + toIntervalDay(60);

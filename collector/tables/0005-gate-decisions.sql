-- What the gate said of an evaluation: the history of blocks, and which evaluation may be the next baseline.
CREATE TABLE IF NOT EXISTS gate_decisions (
    eval_id String,
    baseline_eval_id String,
    pipeline LowCardinality(String),
    service_version LowCardinality(String),
    revision LowCardinality(String),
    verdict Enum8('pass' = 1, 'fail' = 2, 'inconclusive' = 3),
    steps Array(LowCardinality(String)) COMMENT 'components to look at; empty where nobody could be named',
    decided_at DateTime64(3),
    body String COMMENT 'the document of gate --json' CODEC(ZSTD(1)),
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(decided_at)
ORDER BY (pipeline, decided_at, eval_id)
TTL toDateTime(created_at) + toIntervalDay(180);

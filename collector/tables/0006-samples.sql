-- Runs of production that were drawn for the behavioural layer, with the chance they had: every rate over them is weighted by its inverse.
CREATE TABLE IF NOT EXISTS samples (
    trace_id String CODEC(ZSTD(1)),
    pipeline LowCardinality(String),
    service_name LowCardinality(String),
    service_version LowCardinality(String),
    environment LowCardinality(String),
    run_start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    stratum LowCardinality(String) COMMENT 'group of runs that was drawn from at one rate; empty: all runs',
    probability Float64 COMMENT 'chance with which this run was drawn',
    reason LowCardinality(String) COMMENT 'uniform, rare, low-score or uncertain',
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(run_start)
ORDER BY (toStartOfHour(run_start, 'UTC'), trace_id)
TTL toDateTime(created_at) + toIntervalDay(180);

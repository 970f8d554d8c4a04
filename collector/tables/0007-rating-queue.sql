-- What people rate: runs that were chosen for it, who holds which, and what a rating says of its run, so that it can be read when the run itself is gone.
CREATE TABLE IF NOT EXISTS rating_queue (
    trace_id String CODEC(ZSTD(1)),
    pipeline LowCardinality(String),
    service_name LowCardinality(String),
    service_version LowCardinality(String),
    environment LowCardinality(String),
    run_start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    stratum LowCardinality(String) COMMENT 'group of runs of which enough are to be rated',
    sample_probability Float64 COMMENT 'chance with which the run was drawn to be judged; 1 where all are',
    probability Float64 COMMENT 'chance with which a run, being judged, was chosen for rating',
    position Float64 COMMENT 'in 0..1, smaller ones are rated first',
    double_rated Bool COMMENT 'two different people are to rate it',
    reason LowCardinality(String) COMMENT 'why its chance is what it is: spread, judge-unsure, judges-disagree or stratum-behind',
    created_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(created_at)
PARTITION BY toYYYYMM(run_start)
ORDER BY (toStartOfHour(run_start, 'UTC'), trace_id)
TTL toDateTime(created_at) + toIntervalDay(180);

-- A rater holds a run until then; giving it back is a row whose time is over.
CREATE TABLE IF NOT EXISTS rating_leases (
    trace_id String CODEC(ZSTD(1)),
    rater LowCardinality(String),
    until DateTime64(3),
    created_at DateTime64(6) DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY (trace_id, rater)
TTL toDateTime(created_at) + toIntervalDay(7);

ALTER TABLE ratings ADD COLUMN IF NOT EXISTS scale Nullable(UInt8) COMMENT '1 (worst) to 5' AFTER rating;
ALTER TABLE ratings ADD COLUMN IF NOT EXISTS pipeline LowCardinality(String) AFTER probability;
ALTER TABLE ratings ADD COLUMN IF NOT EXISTS service_version LowCardinality(String) AFTER pipeline;
ALTER TABLE ratings ADD COLUMN IF NOT EXISTS run_start Nullable(DateTime64(9)) AFTER service_version;

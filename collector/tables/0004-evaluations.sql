-- Results of evaluation traffic carry the evaluation's id, so that nobody counts them among users' runs.
ALTER TABLE verdicts ADD COLUMN IF NOT EXISTS eval_id String CODEC(ZSTD(1)) AFTER environment;
ALTER TABLE step_verdicts ADD COLUMN IF NOT EXISTS eval_id String CODEC(ZSTD(1)) AFTER environment;

-- Every step in a run's life, by who took it.
-- +goose Up
CREATE TABLE IF NOT EXISTS run_steps
(
    run_id   LowCardinality(String),
    run_date Date,
    step     LowCardinality(String),
    producer LowCardinality(String),
    at_ns    Int64 CODEC(DoubleDelta, ZSTD(1)),
    class    LowCardinality(String),
    reason   String CODEC(ZSTD(1)),
    at       DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(at_ns, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, at_ns, step, producer);

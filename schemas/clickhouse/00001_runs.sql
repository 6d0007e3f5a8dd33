-- One row per run: what was asked for. run_date is the date in the run's id, so
-- that every copy of a row, whenever it arrives, meets the others in one partition.
-- +goose Up
CREATE TABLE IF NOT EXISTS runs
(
    run_id        LowCardinality(String),
    run_date      Date,
    name          LowCardinality(String),
    backend       LowCardinality(String),
    model         LowCardinality(String),
    endpoint      LowCardinality(String),
    dataset       LowCardinality(String),
    load_type     LowCardinality(String),
    concurrency   Int64,
    simulated     Bool,
    rerun_of      String,
    config_digest String CODEC(ZSTD(1)),
    config        String CODEC(ZSTD(3)),
    requested_ns  Int64 CODEC(DoubleDelta, ZSTD(1)),
    requested     DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(requested_ns, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(run_date)
ORDER BY run_id;

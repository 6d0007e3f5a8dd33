-- What could not be handled, with its payload. A run that has any is incomplete.
-- +goose Up
CREATE TABLE IF NOT EXISTS events_dead
(
    stream   LowCardinality(String),
    seq      UInt64,
    run_id   String,
    subject  String CODEC(ZSTD(1)),
    reason   String CODEC(ZSTD(1)),
    attempts UInt32,
    data     String CODEC(ZSTD(3)),
    at_ns    Int64 CODEC(DoubleDelta, ZSTD(1)),
    at       DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(at_ns, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, seq);

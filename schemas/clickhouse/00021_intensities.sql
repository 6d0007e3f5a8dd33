-- What a run was told about its grid, question by question: the figure and how long it
-- holds, who published it, and when it was read. A row without a figure says why there
-- is none. With cached, an earlier answer stands in.
-- +goose Up
CREATE TABLE IF NOT EXISTS intensities
(
    run_id            LowCardinality(String),
    run_date          Date,
    host              LowCardinality(String),
    at_ns             Int64 CODEC(DoubleDelta, ZSTD(1)),
    provider          LowCardinality(String),
    zone              LowCardinality(String),
    g_per_kwh         Nullable(Float64),
    from_ns           Nullable(Int64),
    to_ns             Nullable(Int64),
    source            LowCardinality(String),
    estimated         Bool,
    estimation_method LowCardinality(String),
    cached            Bool,
    problem           String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, host, at_ns);

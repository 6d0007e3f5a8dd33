-- What a run cost, at the highest revision: the figures that are compared between
-- runs as columns, and all of summary.json beside them.
-- +goose Up
CREATE TABLE IF NOT EXISTS run_summary
(
    run_id               LowCardinality(String),
    run_date             Date,
    revision             UInt32,
    name                 LowCardinality(String),
    status               LowCardinality(String),
    verdict              LowCardinality(String),
    reasons              Array(String),
    model                LowCardinality(String),
    concurrency          Int64,
    simulated            Bool,
    started_ns           Int64,
    ended_ns             Int64,
    duration_s           Float64,
    requests_total       Int64,
    requests_ok          Int64,
    requests_failed      Int64,
    requests_cancelled   Int64,
    input_tokens         Int64,
    output_tokens        Int64,
    ttft_p50_s           Nullable(Float64),
    ttft_p99_s           Nullable(Float64),
    e2e_p50_s            Nullable(Float64),
    e2e_p99_s            Nullable(Float64),
    output_tokens_per_s  Float64,
    method               LowCardinality(String),
    measured_j           Nullable(Float64),
    requests_j           Nullable(Float64),
    idle_j               Nullable(Float64),
    unattributed_j       Nullable(Float64),
    gap_j                Nullable(Float64),
    residual_rel         Nullable(Float64),
    gpu_wh               Nullable(Float64),
    cpu_wh               Nullable(Float64),
    ram_wh               Nullable(Float64),
    total_wh             Nullable(Float64),
    wh_per_1000_requests Nullable(Float64),
    j_per_output_token   Nullable(Float64),
    gco2e                Nullable(Float64),
    intensity_g_per_kwh  Nullable(Float64),
    complete             Bool,
    events_expected      UInt64,
    events_seen          UInt64,
    summary              String CODEC(ZSTD(3)),
    started              DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(started_ns, 'UTC'),
    ended                DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(ended_ns, 'UTC')
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(run_date)
ORDER BY run_id;

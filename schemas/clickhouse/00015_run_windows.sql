-- The windows of a run, as in windows.csv. A recomputation with other windows leaves
-- rows of an older revision behind: join by the revision in run_summary.
-- +goose Up
CREATE TABLE IF NOT EXISTS run_windows
(
    run_id              LowCardinality(String),
    run_date            Date,
    revision            UInt32,
    from_ns             Int64 CODEC(DoubleDelta, ZSTD(1)),
    to_ns               Int64 CODEC(DoubleDelta, ZSTD(1)),
    duration_s          Float64,
    requests_ok         Int64,
    requests_other      Int64,
    requests_per_s      Float64,
    input_tokens_per_s  Float64,
    output_tokens_per_s Float64,
    concurrency_mean    Float64,
    concurrency_max     Int64,
    measured_j          Nullable(Float64),
    requests_j          Nullable(Float64),
    idle_j              Nullable(Float64),
    unattributed_j      Nullable(Float64),
    gap_j               Nullable(Float64),
    mean_power_w        Nullable(Float64),
    j_per_request       Nullable(Float64),
    j_per_output_token  Nullable(Float64),
    ttft_p50_s          Nullable(Float64),
    ttft_p99_s          Nullable(Float64),
    itl_p50_s           Nullable(Float64),
    itl_p99_s           Nullable(Float64),
    tpot_p50_s          Nullable(Float64),
    tpot_p99_s          Nullable(Float64),
    e2e_p50_s           Nullable(Float64),
    e2e_p99_s           Nullable(Float64),
    started             DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(from_ns, 'UTC')
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, from_ns);

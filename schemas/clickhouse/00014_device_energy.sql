-- What each device gave to a run, at the highest revision, with everything that was
-- flagged on it: by the sampler, and by the attribution.
-- +goose Up
CREATE TABLE IF NOT EXISTS device_energy
(
    run_id                LowCardinality(String),
    run_date              Date,
    revision              UInt32,
    host                  LowCardinality(String),
    device                LowCardinality(String),
    kind                  LowCardinality(String),
    name                  LowCardinality(String),
    simulated             Bool,
    provenance            LowCardinality(String),
    source                LowCardinality(String),
    measured_j            Float64,
    idle_j                Float64,
    gap_j                 Float64,
    gap_s                 Float64,
    samples               Int64,
    counter_j             Nullable(Float64),
    integral_j            Nullable(Float64),
    integral_over_counter Nullable(Float64),
    idle_power_w          Nullable(Float64),
    mean_power_w          Nullable(Float64),
    max_power_w           Nullable(Float64),
    utilization_mean_pct  Nullable(Float64),
    flags                 Array(LowCardinality(String))
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, host, device);

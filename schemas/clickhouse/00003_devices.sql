-- What each host measures. A device is described before the idle baseline and
-- again after it. The later description stands.
-- +goose Up
CREATE TABLE IF NOT EXISTS devices
(
    run_id            LowCardinality(String),
    run_date          Date,
    host              LowCardinality(String),
    device            LowCardinality(String),
    kind              LowCardinality(String),
    device_index      Int32,
    name              LowCardinality(String),
    architecture      LowCardinality(String),
    simulated         Bool,
    power_source      LowCardinality(String),
    energy_source     LowCardinality(String),
    source_reason     String CODEC(ZSTD(1)),
    provenance        LowCardinality(String),
    average_window_ns Int64,
    counter_step_ns   Nullable(Int64),
    gain_error_rel    Nullable(Float64),
    idle_power_mw     Nullable(Int64),
    power_limit_mw    Nullable(Int64),
    mig               Bool,
    flags             Array(LowCardinality(String)),
    described_ns      Int64 CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(described_ns)
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, host, device);

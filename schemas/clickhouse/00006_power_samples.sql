-- Every reading of every device, by its own time. The stream keeps the events
-- too. Here they end after 30 days, results never do.
-- +goose Up
CREATE TABLE IF NOT EXISTS power_samples
(
    run_id            LowCardinality(String),
    run_date          Date,
    host              LowCardinality(String),
    device            LowCardinality(String),
    t_ns              Int64 CODEC(DoubleDelta, ZSTD(1)),
    power_mw          Nullable(UInt32) CODEC(T64, ZSTD(1)),
    energy_mj         Nullable(UInt64) CODEC(Delta, ZSTD(1)),
    utilization_pct   Nullable(UInt8) CODEC(T64, ZSTD(1)),
    memory_used_bytes Nullable(UInt64) CODEC(T64, ZSTD(1)),
    sm_clock_mhz      Nullable(UInt32) CODEC(T64, ZSTD(1)),
    temperature_c     Nullable(Int16) CODEC(T64, ZSTD(1)),
    throttle_reasons  Nullable(UInt64) CODEC(T64, ZSTD(1)),
    foreign_processes Nullable(UInt32) CODEC(T64, ZSTD(1)),
    power_limit_mw    Nullable(UInt32) CODEC(T64, ZSTD(1)),
    memory_power_mw   Nullable(UInt32) CODEC(T64, ZSTD(1)),
    time              DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(t_ns, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, host, device, t_ns)
TTL run_date + INTERVAL 30 DAY;

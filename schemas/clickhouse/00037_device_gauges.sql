-- What explains a device's energy: where it was read and why there, its memory's part,
-- and what held its clocks down. A device that gave no reading has no account.
-- +goose Up
ALTER TABLE device_energy
    ADD COLUMN IF NOT EXISTS architecture LowCardinality(String),
    ADD COLUMN IF NOT EXISTS power_source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS source_reason String,
    ADD COLUMN IF NOT EXISTS memory_power_mean_w Nullable(Float64),
    ADD COLUMN IF NOT EXISTS sm_clock_mean_mhz Nullable(Float64),
    ADD COLUMN IF NOT EXISTS temperature_max_c Nullable(Int64),
    ADD COLUMN IF NOT EXISTS memory_max_bytes Nullable(Int64),
    ADD COLUMN IF NOT EXISTS power_limit_w Nullable(Float64),
    ADD COLUMN IF NOT EXISTS throttled_share Nullable(Float64),
    ADD COLUMN IF NOT EXISTS power_capped_share Nullable(Float64),
    ADD COLUMN IF NOT EXISTS throttle_reasons Map(LowCardinality(String), Float64),
    ADD COLUMN IF NOT EXISTS foreign_processes_max Nullable(Int64),
    MODIFY COLUMN measured_j Nullable(Float64),
    MODIFY COLUMN idle_j Nullable(Float64),
    MODIFY COLUMN gap_j Nullable(Float64);

-- How much of a device's memory was in use on average. With a host's first memory it is
-- all of the host's.
-- +goose Up
ALTER TABLE device_energy
    ADD COLUMN IF NOT EXISTS memory_mean_bytes Nullable(Float64);

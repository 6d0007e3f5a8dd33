-- What each device drew from its first reading to the load, and from the load to its
-- last reading, in no other figure.
-- +goose Up
ALTER TABLE device_energy
    ADD COLUMN IF NOT EXISTS before_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS before_s Nullable(Float64),
    ADD COLUMN IF NOT EXISTS before_w Nullable(Float64),
    ADD COLUMN IF NOT EXISTS after_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS after_s Nullable(Float64),
    ADD COLUMN IF NOT EXISTS after_w Nullable(Float64);

-- The least and the most that each device may have drawn.
-- +goose Up
ALTER TABLE device_energy
    ADD COLUMN IF NOT EXISTS measured_low_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS measured_high_j Nullable(Float64);

-- How often a device is read that has a slower rate than the run's.
-- +goose Up
ALTER TABLE devices
    ADD COLUMN IF NOT EXISTS sample_period_ns Int64;

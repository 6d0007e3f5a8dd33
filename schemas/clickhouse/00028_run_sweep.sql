-- A run's place in the sweep that it was asked for in, and what was swept, by config
-- key. The id is empty for a run of its own.
-- +goose Up
ALTER TABLE runs
    ADD COLUMN IF NOT EXISTS sweep_id String,
    ADD COLUMN IF NOT EXISTS sweep_index UInt32,
    ADD COLUMN IF NOT EXISTS sweep_label String,
    ADD COLUMN IF NOT EXISTS swept Map(LowCardinality(String), String);

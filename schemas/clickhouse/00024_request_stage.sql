-- Which stage of the load a request belongs to, from 1, or 0 without stages.
-- +goose Up
ALTER TABLE requests
    ADD COLUMN IF NOT EXISTS stage UInt16,
    ADD COLUMN IF NOT EXISTS stage_name LowCardinality(String);

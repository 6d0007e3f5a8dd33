-- How what total_wh and gco2e are made of came about: the worst of it.
-- +goose Up
ALTER TABLE run_summary ADD COLUMN IF NOT EXISTS total_provenance LowCardinality(String);

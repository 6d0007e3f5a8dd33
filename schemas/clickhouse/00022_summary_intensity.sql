-- The whole node beside its parts, and where the carbon intensity came from: whose
-- figure, and of a run that asked, whom, for what, when, and how much of the load the
-- answers cover.
-- +goose Up
ALTER TABLE run_summary
    ADD COLUMN IF NOT EXISTS node_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS node_over_parts Nullable(Float64),
    ADD COLUMN IF NOT EXISTS intensity_place LowCardinality(String),
    ADD COLUMN IF NOT EXISTS intensity_source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS intensity_provider LowCardinality(String),
    ADD COLUMN IF NOT EXISTS intensity_zone LowCardinality(String),
    ADD COLUMN IF NOT EXISTS intensity_first_ns Nullable(Int64),
    ADD COLUMN IF NOT EXISTS intensity_last_ns Nullable(Int64),
    ADD COLUMN IF NOT EXISTS intensity_observations Int64,
    ADD COLUMN IF NOT EXISTS intensity_estimated Int64,
    ADD COLUMN IF NOT EXISTS intensity_cached Int64,
    ADD COLUMN IF NOT EXISTS intensity_unanswered Int64,
    ADD COLUMN IF NOT EXISTS intensity_covered_share Nullable(Float64);

-- What follows from declared figures: the electricity's cost in its currency, and the
-- share of what making the accelerators emitted.
-- +goose Up
ALTER TABLE run_summary
    ADD COLUMN IF NOT EXISTS cost Nullable(Float64),
    ADD COLUMN IF NOT EXISTS currency LowCardinality(String),
    ADD COLUMN IF NOT EXISTS embodied_gco2e Nullable(Float64);

-- How sure the figures are: the least and the most that each may be, and the share of the
-- accelerators' time of which their energy is known.
-- +goose Up
ALTER TABLE run_summary
    ADD COLUMN IF NOT EXISTS coverage Nullable(Float64),
    ADD COLUMN IF NOT EXISTS measured_low_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS measured_high_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS requests_low_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS requests_high_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS gpu_low_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS gpu_high_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS cpu_low_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS cpu_high_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS ram_low_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS ram_high_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS total_low_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS total_high_wh Nullable(Float64),
    ADD COLUMN IF NOT EXISTS wh_per_1000_requests_low Nullable(Float64),
    ADD COLUMN IF NOT EXISTS wh_per_1000_requests_high Nullable(Float64),
    ADD COLUMN IF NOT EXISTS j_per_output_token_low Nullable(Float64),
    ADD COLUMN IF NOT EXISTS j_per_output_token_high Nullable(Float64),
    ADD COLUMN IF NOT EXISTS gco2e_low Nullable(Float64),
    ADD COLUMN IF NOT EXISTS gco2e_high Nullable(Float64);

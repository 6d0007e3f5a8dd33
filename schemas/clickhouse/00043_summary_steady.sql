-- What the steady state drew, the least and the most that each of its figures may be, and the
-- share of the accelerators' time in it of which their energy is known.
-- +goose Up
ALTER TABLE run_summary
    ADD COLUMN IF NOT EXISTS steady_measured_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_requests_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_mean_power_w Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_wh_per_1000_requests Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_coverage Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_measured_low_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_measured_high_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_requests_low_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_requests_high_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_mean_power_low_w Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_mean_power_high_w Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_j_per_request_low Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_j_per_request_high Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_wh_per_1000_requests_low Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_wh_per_1000_requests_high Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_j_per_output_token_low Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_j_per_output_token_high Nullable(Float64);

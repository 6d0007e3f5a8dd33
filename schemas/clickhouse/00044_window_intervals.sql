-- The least and the most that each figure of a window may be, and the share of the
-- accelerators' time in it of which their energy is known.
-- +goose Up
ALTER TABLE run_windows
    ADD COLUMN IF NOT EXISTS coverage Nullable(Float64) AFTER queue_lag_p99_9_s,
    ADD COLUMN IF NOT EXISTS measured_low_j Nullable(Float64) AFTER coverage,
    ADD COLUMN IF NOT EXISTS measured_high_j Nullable(Float64) AFTER measured_low_j,
    ADD COLUMN IF NOT EXISTS requests_low_j Nullable(Float64) AFTER measured_high_j,
    ADD COLUMN IF NOT EXISTS requests_high_j Nullable(Float64) AFTER requests_low_j,
    ADD COLUMN IF NOT EXISTS mean_power_low_w Nullable(Float64) AFTER requests_high_j,
    ADD COLUMN IF NOT EXISTS mean_power_high_w Nullable(Float64) AFTER mean_power_low_w,
    ADD COLUMN IF NOT EXISTS j_per_request_low Nullable(Float64) AFTER mean_power_high_w,
    ADD COLUMN IF NOT EXISTS j_per_request_high Nullable(Float64) AFTER j_per_request_low,
    ADD COLUMN IF NOT EXISTS wh_per_1000_requests_low Nullable(Float64) AFTER j_per_request_high,
    ADD COLUMN IF NOT EXISTS wh_per_1000_requests_high Nullable(Float64) AFTER wh_per_1000_requests_low,
    ADD COLUMN IF NOT EXISTS j_per_output_token_low Nullable(Float64) AFTER wh_per_1000_requests_high,
    ADD COLUMN IF NOT EXISTS j_per_output_token_high Nullable(Float64) AFTER j_per_output_token_low;

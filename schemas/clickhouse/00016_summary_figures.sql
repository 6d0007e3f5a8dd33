-- Figures that are compared between runs and came after the first tables. The flags
-- are all that any figure of the run carries.
-- +goose Up
ALTER TABLE run_summary
    ADD COLUMN IF NOT EXISTS flags Array(LowCardinality(String)),
    ADD COLUMN IF NOT EXISTS steady_requests_per_s Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_output_tokens_per_s Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_j_per_request Nullable(Float64),
    ADD COLUMN IF NOT EXISTS steady_j_per_output_token Nullable(Float64),
    ADD COLUMN IF NOT EXISTS goodput_share Nullable(Float64),
    ADD COLUMN IF NOT EXISTS goodput_requests_per_s Nullable(Float64),
    ADD COLUMN IF NOT EXISTS goodput_requests_per_j Nullable(Float64),
    ADD COLUMN IF NOT EXISTS method_spread_p50_rel Nullable(Float64),
    ADD COLUMN IF NOT EXISTS at_target_share Nullable(Float64),
    ADD COLUMN IF NOT EXISTS foreign_share Nullable(Float64);

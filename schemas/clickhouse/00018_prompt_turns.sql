-- Sessions of several turns, the cool-down, and requests that are broken off by plan.
-- turns counts what the user says after the first prompt.
-- +goose Up
ALTER TABLE prompts
    ADD COLUMN IF NOT EXISTS cooldown Bool,
    ADD COLUMN IF NOT EXISTS turns UInt16,
    ADD COLUMN IF NOT EXISTS cancel_after_tokens Nullable(Int64),
    ADD COLUMN IF NOT EXISTS cancel_after_ns Nullable(Int64);

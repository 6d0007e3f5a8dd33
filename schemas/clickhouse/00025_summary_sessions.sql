-- Sessions of several turns, and how many of their turns were never sent.
-- +goose Up
ALTER TABLE run_summary
    ADD COLUMN IF NOT EXISTS sessions Int64,
    ADD COLUMN IF NOT EXISTS turns_unsent Int64;

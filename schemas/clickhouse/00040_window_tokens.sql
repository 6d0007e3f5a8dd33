-- Tokens that the server did not count are not known, rather than none.
-- +goose Up
ALTER TABLE run_windows
    MODIFY COLUMN input_tokens_per_s Nullable(Float64),
    MODIFY COLUMN output_tokens_per_s Nullable(Float64);

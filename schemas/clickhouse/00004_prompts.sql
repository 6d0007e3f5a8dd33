-- The work of a run. prompt is empty when the run keeps only hashes.
-- +goose Up
CREATE TABLE IF NOT EXISTS prompts
(
    run_id                 LowCardinality(String),
    run_date               Date,
    request_id             String CODEC(ZSTD(1)),
    prompt_index           Int64 CODEC(Delta, ZSTD(1)),
    warmup                 Bool,
    prompt                 String CODEC(ZSTD(3)),
    prompt_sha256          String CODEC(ZSTD(1)),
    scheduled_ns           Nullable(Int64) CODEC(ZSTD(1)),
    expected_input_tokens  Nullable(Int64),
    expected_output_tokens Nullable(Int64),
    max_tokens             Nullable(Int64),
    queued_ns              Int64 CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, request_id);

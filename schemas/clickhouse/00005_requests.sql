-- One row per attempt, as the driver saw it. Offsets are monotonic, from sent_ns.
-- +goose Up
CREATE TABLE IF NOT EXISTS requests
(
    run_id                LowCardinality(String),
    run_date              Date,
    request_id            String CODEC(ZSTD(1)),
    attempt               UInt16,
    prompt_index          Int64 CODEC(ZSTD(1)),
    warmup                Bool,
    driver                LowCardinality(String),
    host                  LowCardinality(String),
    endpoint              LowCardinality(String),
    replica               LowCardinality(String),
    api                   LowCardinality(String),
    scheduled_ns          Nullable(Int64) CODEC(ZSTD(1)),
    received_ns           Int64 CODEC(DoubleDelta, ZSTD(1)),
    sent_ns               Int64 CODEC(DoubleDelta, ZSTD(1)),
    first_byte_after_ns   Nullable(Int64) CODEC(ZSTD(1)),
    first_token_after_ns  Nullable(Int64) CODEC(ZSTD(1)),
    first_output_after_ns Nullable(Int64) CODEC(ZSTD(1)),
    last_token_after_ns   Nullable(Int64) CODEC(ZSTD(1)),
    end_after_ns          Int64 CODEC(ZSTD(1)),
    chunk_gaps_ns         Array(Int64) CODEC(ZSTD(1)),
    token_source          LowCardinality(String),
    input_tokens          Nullable(Int64),
    output_tokens         Nullable(Int64),
    reasoning_tokens      Nullable(Int64),
    cached_tokens         Nullable(Int64),
    finish_reason         LowCardinality(String),
    status                LowCardinality(String),
    error_class           LowCardinality(String),
    error                 String CODEC(ZSTD(1)),
    http_status           UInt16,
    server_queue_ns       Nullable(Int64),
    server_first_token_ns Nullable(Int64),
    server_generation_ns  Nullable(Int64),
    flags                 Array(LowCardinality(String)),
    sent                  DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(sent_ns, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(run_date)
ORDER BY (run_id, request_id, attempt);

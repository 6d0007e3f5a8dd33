-- What requests.csv has last: the end, the first output after reasoning, and our own
-- lateness. The end moves there, so that table and file have one order.
-- +goose Up
ALTER TABLE request_energy
    MODIFY COLUMN end_ns Int64 CODEC(DoubleDelta, ZSTD(1)) AFTER flags,
    ADD COLUMN IF NOT EXISTS first_output_ns Nullable(Int64) CODEC(ZSTD(1)) AFTER end_ns,
    ADD COLUMN IF NOT EXISTS queue_lag_s Nullable(Float64) AFTER first_output_ns;

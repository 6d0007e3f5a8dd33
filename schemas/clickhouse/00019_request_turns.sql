-- Which turn of which session a request is, and whether it was in the cool-down.
-- +goose Up
ALTER TABLE requests
    ADD COLUMN IF NOT EXISTS cooldown Bool,
    ADD COLUMN IF NOT EXISTS session String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS turn UInt16;

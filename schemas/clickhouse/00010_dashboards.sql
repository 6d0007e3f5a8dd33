-- Charts for ClickHouse's own /dashboard page, in the shape of system.dashboards.
-- +goose Up
CREATE TABLE IF NOT EXISTS dashboards
(
    dashboard String,
    position  UInt16,
    title     String,
    query     String,
    version   UInt32
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (dashboard, position);

-- How the energy that emissions_gco2e prices came about: the worst of its parts.
-- +goose Up
ALTER TABLE request_energy ADD COLUMN IF NOT EXISTS emissions_provenance LowCardinality(String) AFTER queue_lag_s;

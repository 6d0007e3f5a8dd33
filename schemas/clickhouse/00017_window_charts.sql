-- The charts of a run's windows, and of goodput over runs. Parameters as in 00013.
-- +goose Up
INSERT INTO dashboards (dashboard, position, title, query, version)
SELECT 'AI energy', position, title, replaceAll(query, '@db', currentDatabase()), 1
FROM
(
    SELECT 10 AS position, 'Windows: power (W) and requests in flight' AS title, $chart$
WITH (SELECT argMax((run_id, revision, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(from_ns, 1000000000)) AS t, mean_power_w, concurrency_mean AS in_flight
FROM @db.run_windows FINAL
WHERE run_id = r.1 AND revision = r.2 AND from_ns > r.3 - 1000000000 * greatest({seconds:UInt32}, {rounding:UInt32})
ORDER BY t
$chart$ AS query
    UNION ALL SELECT 11, 'Windows: energy per output token (J)', $chart$
WITH (SELECT argMax((run_id, revision, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(from_ns, 1000000000)) AS t, j_per_output_token
FROM @db.run_windows FINAL
WHERE run_id = r.1 AND revision = r.2 AND j_per_output_token IS NOT NULL AND from_ns > r.3 - 1000000000 * greatest({seconds:UInt32}, {rounding:UInt32})
ORDER BY t
$chart$
    UNION ALL SELECT 12, 'Windows: latency p99 (s)', $chart$
WITH (SELECT argMax((run_id, revision, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(from_ns, 1000000000)) AS t, ttft_p99_s, tpot_p99_s, itl_p99_s
FROM @db.run_windows FINAL
WHERE run_id = r.1 AND revision = r.2 AND ttft_p99_s IS NOT NULL AND from_ns > r.3 - 1000000000 * greatest({seconds:UInt32}, {rounding:UInt32})
ORDER BY t
$chart$
);

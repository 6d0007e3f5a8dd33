-- Output tokens of each run of a sweep, but of those whose server counted none.
-- +goose Up
INSERT INTO dashboards (dashboard, position, title, query, version)
SELECT 'AI energy', 14, 'Sweep: output tokens of each run (1/s)', replaceAll($chart$
WITH (SELECT argMax(sweep_id, requested_ns) FROM @db.runs FINAL WHERE sweep_id != '' AND {run:String} IN ('', run_id)) AS sweep
SELECT toUInt32(intDiv(started_ns, 1000000000)) AS t, output_tokens_per_s
FROM @db.run_summary FINAL
WHERE run_id IN (SELECT run_id FROM @db.runs FINAL WHERE sweep_id = sweep AND sweep_id != '')
    AND output_tokens_per_s IS NOT NULL AND started > now64(9) - INTERVAL greatest({seconds:UInt32}, {rounding:UInt32}) SECOND
ORDER BY t
$chart$, '@db', currentDatabase()), 2;

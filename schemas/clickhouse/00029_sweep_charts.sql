-- The runs of one sweep, the newest or that of the run asked for, in the order in which
-- they were made. Parameters as in 00013.
-- +goose Up
INSERT INTO dashboards (dashboard, position, title, query, version)
SELECT 'AI energy', position, title, replaceAll(query, '@db', currentDatabase()), 1
FROM
(
    SELECT 13 AS position, 'Sweep: energy per output token of each run (J)' AS title, $chart$
WITH (SELECT argMax(sweep_id, requested_ns) FROM @db.runs FINAL WHERE sweep_id != '' AND {run:String} IN ('', run_id)) AS sweep
SELECT toUInt32(intDiv(started_ns, 1000000000)) AS t, j_per_output_token
FROM @db.run_summary FINAL
WHERE run_id IN (SELECT run_id FROM @db.runs FINAL WHERE sweep_id = sweep AND sweep_id != '')
    AND j_per_output_token IS NOT NULL AND started > now64(9) - INTERVAL greatest({seconds:UInt32}, {rounding:UInt32}) SECOND
ORDER BY t
$chart$ AS query
    UNION ALL SELECT 14, 'Sweep: output tokens of each run (1/s)', $chart$
WITH (SELECT argMax(sweep_id, requested_ns) FROM @db.runs FINAL WHERE sweep_id != '' AND {run:String} IN ('', run_id)) AS sweep
SELECT toUInt32(intDiv(started_ns, 1000000000)) AS t, output_tokens_per_s
FROM @db.run_summary FINAL
WHERE run_id IN (SELECT run_id FROM @db.runs FINAL WHERE sweep_id = sweep AND sweep_id != '')
    AND started > now64(9) - INTERVAL greatest({seconds:UInt32}, {rounding:UInt32}) SECOND
ORDER BY t
$chart$
);

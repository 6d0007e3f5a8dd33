-- The charts of one run: {run} empty means the newest reported one, {seconds} looks
-- back from the run's own end. The first column is Unix time. A string in the
-- second makes one line of each. @db becomes the database of the migration, since
-- the page's queries run in the user's default one.
-- +goose Up
INSERT INTO dashboards (dashboard, position, title, query, version)
SELECT 'AI energy', position, title, replaceAll(query, '@db', currentDatabase()), 1
FROM
(
    SELECT 1 AS position, 'Power by device (W)' AS title, $chart$
WITH (SELECT argMax(run_id, started_ns) FROM @db.run_summary) AS newest,
    if({run:String} = '', newest, {run:String}) AS chosen,
    (SELECT max(t_ns) FROM @db.power_samples WHERE run_id = chosen) AS last_ns
SELECT toUInt32(intDiv(p.t_ns, 1000000000 * {rounding:UInt32}) * {rounding:UInt32}) AS t,
    concat(d.kind, ' ', toString(d.device_index), ' on ', p.host) AS device,
    avg(p.power_mw) / 1000 AS power_w
FROM (SELECT run_id, host, device, t_ns, power_mw FROM @db.power_samples FINAL WHERE run_id = chosen AND power_mw IS NOT NULL) AS p
INNER JOIN (SELECT host, device, kind, device_index FROM @db.devices FINAL WHERE run_id = chosen) AS d ON d.host = p.host AND d.device = p.device
WHERE p.t_ns > last_ns - 1000000000 * {seconds:UInt32}
GROUP BY t, device
ORDER BY t, device
$chart$ AS query
    UNION ALL SELECT 2, 'Energy per request by time of its end (J)', $chart$
WITH (SELECT argMax((run_id, method, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(end_ns, 1000000000 * {rounding:UInt32}) * {rounding:UInt32}) AS t,
    avg(energy_j) AS mean_j, quantile(0.5)(energy_j) AS p50_j, quantile(0.95)(energy_j) AS p95_j
FROM @db.latest_results
WHERE run_id = r.1 AND method = r.2 AND status = 'ok' AND energy_j IS NOT NULL AND end_ns > r.3 - 1000000000 * {seconds:UInt32}
GROUP BY t
ORDER BY t
$chart$
    UNION ALL SELECT 3, 'Energy per output token (J)', $chart$
WITH (SELECT argMax((run_id, method, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(end_ns, 1000000000 * {rounding:UInt32}) * {rounding:UInt32}) AS t,
    sum(energy_j) / sum(output_tokens) AS j_per_output_token
FROM @db.latest_results
WHERE run_id = r.1 AND method = r.2 AND status = 'ok' AND energy_j IS NOT NULL AND output_tokens > 0 AND end_ns > r.3 - 1000000000 * {seconds:UInt32}
GROUP BY t
ORDER BY t
$chart$
    UNION ALL SELECT 4, 'Emissions of finished requests, added up (g CO2e)', $chart$
WITH (SELECT argMax((run_id, method, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT t, sum(g) OVER (ORDER BY t) AS gco2e
FROM
(
    SELECT toUInt32(intDiv(end_ns, 1000000000 * {rounding:UInt32}) * {rounding:UInt32}) AS t, sum(emissions_gco2e) AS g
    FROM @db.latest_results
    WHERE run_id = r.1 AND method = r.2 AND emissions_gco2e IS NOT NULL AND end_ns > r.3 - 1000000000 * {seconds:UInt32}
    GROUP BY t
)
ORDER BY t
$chart$
    UNION ALL SELECT 5, 'Where the requests'' energy went, by time of their end (J)', $chart$
WITH (SELECT argMax((run_id, method, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(end_ns, 1000000000 * {rounding:UInt32}) * {rounding:UInt32}) AS t,
    sum(queue_j) AS queue_j, sum(prefill_j) AS prefill_j, sum(decode_j) AS decode_j, sum(idle_j) AS share_of_idle_j
FROM @db.latest_results
WHERE run_id = r.1 AND method = r.2 AND energy_j IS NOT NULL AND end_ns > r.3 - 1000000000 * {seconds:UInt32}
GROUP BY t
ORDER BY t
$chart$
    UNION ALL SELECT 6, 'Latency (s)', $chart$
WITH (SELECT argMax((run_id, method, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(end_ns, 1000000000 * {rounding:UInt32}) * {rounding:UInt32}) AS t,
    quantile(0.5)(ttft_s) AS ttft_p50_s, quantile(0.95)(ttft_s) AS ttft_p95_s, quantile(0.5)(e2e_s) AS e2e_p50_s, quantile(0.95)(e2e_s) AS e2e_p95_s
FROM @db.latest_results
WHERE run_id = r.1 AND method = r.2 AND status = 'ok' AND ttft_s IS NOT NULL AND end_ns > r.3 - 1000000000 * {seconds:UInt32}
GROUP BY t
ORDER BY t
$chart$
    UNION ALL SELECT 7, 'Tokens of finished requests (1/s)', $chart$
WITH (SELECT argMax((run_id, method, ended_ns), started_ns) FROM @db.run_summary FINAL WHERE {run:String} IN ('', run_id)) AS r
SELECT toUInt32(intDiv(end_ns, 1000000000 * {rounding:UInt32}) * {rounding:UInt32}) AS t,
    sum(input_tokens) / {rounding:UInt32} AS input_tokens_per_s, sum(output_tokens) / {rounding:UInt32} AS output_tokens_per_s
FROM @db.latest_results
WHERE run_id = r.1 AND method = r.2 AND status = 'ok' AND output_tokens IS NOT NULL AND end_ns > r.3 - 1000000000 * {seconds:UInt32}
GROUP BY t
ORDER BY t
$chart$
    UNION ALL SELECT 8, 'Account of each run (J)', $chart$
SELECT toUInt32(intDiv(started_ns, 1000000000)) AS t, requests_j, idle_j, unattributed_j, gap_j
FROM @db.run_summary FINAL
WHERE measured_j IS NOT NULL AND started > now64(9) - INTERVAL greatest({seconds:UInt32}, {rounding:UInt32}) SECOND
ORDER BY t
$chart$
    UNION ALL SELECT 9, 'Energy per 1,000 requests of each run (Wh)', $chart$
SELECT toUInt32(intDiv(started_ns, 1000000000)) AS t, wh_per_1000_requests
FROM @db.run_summary FINAL
WHERE wh_per_1000_requests IS NOT NULL AND started > now64(9) - INTERVAL greatest({seconds:UInt32}, {rounding:UInt32}) SECOND
ORDER BY t
$chart$
);

-- The account of each run once more, by a second implementation: the sum over the
-- rows against the summary's figure, and the counters' difference over the load.
-- +goose Up
CREATE VIEW IF NOT EXISTS energy_check AS
SELECT
    s.run_id AS run_id,
    s.method AS method,
    s.measured_j AS measured_j,
    s.requests_j AS requests_j,
    r.rows_j AS rows_j,
    r.rows_j - s.requests_j AS difference_j,
    c.counter_j AS counter_j
FROM (SELECT * FROM run_summary FINAL) AS s
LEFT JOIN
(
    SELECT run_id, method, sum(energy_j) AS rows_j
    FROM latest_results
    GROUP BY run_id, method
) AS r ON r.run_id = s.run_id AND r.method = s.method
LEFT JOIN
(
    SELECT run_id, sum(step_j) AS counter_j
    FROM
    (
        SELECT p.run_id AS run_id, p.device AS device, (max(p.energy_mj) - min(p.energy_mj)) / 1000 AS step_j
        FROM (SELECT * FROM power_samples FINAL WHERE energy_mj IS NOT NULL) AS p
        INNER JOIN (SELECT run_id, device FROM devices FINAL WHERE kind = 'gpu') AS d
            ON d.run_id = p.run_id AND d.device = p.device
        INNER JOIN (SELECT run_id, started_ns, ended_ns FROM run_summary FINAL) AS w ON w.run_id = p.run_id
        WHERE p.t_ns BETWEEN w.started_ns AND w.ended_ns
        GROUP BY run_id, device
    )
    GROUP BY run_id
) AS c ON c.run_id = s.run_id;

-- request_energy without rows of an older revision: a recomputation by other
-- methods leaves rows behind that no newer row replaces.
-- +goose Up
CREATE VIEW IF NOT EXISTS latest_results AS
SELECT e.*
FROM request_energy AS e FINAL
INNER JOIN
(
    SELECT run_id, revision
    FROM run_summary FINAL
) AS s ON e.run_id = s.run_id AND e.revision = s.revision;

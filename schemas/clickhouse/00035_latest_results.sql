-- The view has the column that request_energy has since.
-- +goose Up
CREATE OR REPLACE VIEW latest_results AS
SELECT e.*
FROM request_energy AS e FINAL
INNER JOIN
(
    SELECT run_id, revision
    FROM run_summary FINAL
) AS s ON e.run_id = s.run_id AND e.revision = s.revision;

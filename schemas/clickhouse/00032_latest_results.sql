-- A view keeps the columns that its table had when it was made, and this one has the new ones.
-- +goose Up
CREATE OR REPLACE VIEW latest_results AS
SELECT e.*
FROM request_energy AS e FINAL
INNER JOIN
(
    SELECT run_id, revision
    FROM run_summary FINAL
) AS s ON e.run_id = s.run_id AND e.revision = s.revision;

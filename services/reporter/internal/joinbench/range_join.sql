INSERT INTO shares
WITH
    pieces AS (
        SELECT
            t, (t + leadInFrame(t, 1, t) OVER w) / 2 AS mid,
            (p + leadInFrame(p, 1, p) OVER w) / 2e3 * (leadInFrame(t, 1, t) OVER w - t) / 1e9 AS joules
        FROM samples
        WINDOW w AS (ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
    ),
    here AS (
        SELECT r.id AS id, s.t AS t, s.joules AS joules
        FROM pieces AS s
        INNER JOIN requests AS r ON s.mid BETWEEN r.start AND r.end
    )
SELECT id, sum(joules / n)
FROM (SELECT id, joules, count() OVER (PARTITION BY t) AS n FROM here)
GROUP BY id

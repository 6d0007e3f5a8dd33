INSERT INTO shares
WITH
    -- Energy up to each sample, and how power goes on from there.
    curve AS (
        SELECT
            t, p,
            if(next_t > t, (next_p - p) / (next_t - t), 0.) AS slope,
            sum(if(next_t > t, (p + next_p) / 2e3 * (next_t - t) / 1e9, 0.))
                OVER (ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
                - if(next_t > t, (p + next_p) / 2e3 * (next_t - t) / 1e9, 0.) AS joules
        FROM (
            SELECT
                t, p,
                leadInFrame(t, 1, t) OVER w AS next_t,
                leadInFrame(p, 1, p) OVER w AS next_p
            FROM samples
            WINDOW w AS (ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
        )
    ),
    -- Every start and end.
    edges AS (
        SELECT id, 1 AS change, start AS t, toUInt8(0) AS device FROM requests
        UNION ALL
        SELECT id, -1 AS change, end AS t, toUInt8(0) AS device FROM requests
    ),
    -- Energy up to each of them.
    read AS (
        SELECT
            e.id AS id, e.change AS change, e.t AS t,
            c.joules + (c.p + c.slope * (e.t - c.t) / 2) / 1e3 * (e.t - c.t) / 1e9 AS joules
        FROM edges AS e
        ASOF JOIN (SELECT *, toUInt8(0) AS device FROM curve) AS c ON e.device = c.device AND e.t >= c.t
    ),
    -- How many were in flight since the one before, and what each of them got.
    counted AS (
        SELECT
            id, change, t,
            joules - lagInFrame(joules, 1, joules) OVER w AS drawn,
            sum(change) OVER w - change AS n
        FROM read
        WINDOW w AS (ORDER BY t, change, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    each AS (
        SELECT
            id, change,
            sum(if(n > 0, drawn / n, 0.)) OVER (ORDER BY t, change, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS got
        FROM counted
    )
SELECT id, -sum(change * got) AS joules FROM each GROUP BY id

-- Visits up to the closing day of the deals won and lost in 2026.
WITH closed AS (
    SELECT id, status, closed_on FROM deals
    WHERE status IN ('won', 'lost') AND opened_on IS NOT NULL
        AND closed_on >= DATE '2026-01-01' AND closed_on < DATE '2027-01-01'
),
made AS (
    SELECT c.id, count(*) AS activities, count(*) FILTER (v.kind NOT IN ('task', 'email')) AS visits
    FROM closed AS c
    JOIN visits AS v ON v.deal_id = c.id AND (v.visited_at + INTERVAL 8 HOURS)::DATE <= c.closed_on
    GROUP BY c.id
),
counted AS (
    SELECT c.status, unnest([coalesce(m.visits, 0), coalesce(m.activities, 0)]) AS visits,
        unnest(['visits', 'activities']) AS counted
    FROM closed AS c
    LEFT JOIN made AS m ON m.id = c.id
)
SELECT counted, status AS outcome, count(*) AS deals, count(*) FILTER (visits = 0) AS without_count,
    avg(visits) AS mean_visits, var_samp(visits) AS variance
FROM counted
GROUP BY counted, status
ORDER BY counted, status

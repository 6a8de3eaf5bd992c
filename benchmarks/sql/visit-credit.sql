-- Won amount of 2026 shared equally over the visits up to the closing day, by who made them.
WITH won AS (
    SELECT id, amount, closed_on FROM deals
    WHERE status = 'won' AND closed_on >= DATE '2026-01-01' AND closed_on < DATE '2027-01-01'
),
touched AS (
    SELECT w.id, w.amount, v.rep_id, v.id AS visit_id, count(v.id) OVER (PARTITION BY w.id) AS visits
    FROM won AS w
    LEFT JOIN visits AS v ON v.deal_id = w.id AND v.kind NOT IN ('task', 'email')
        AND (v.visited_at + INTERVAL 8 HOURS)::DATE <= w.closed_on
)
SELECT rep_id, count(visit_id) AS visits, count(DISTINCT id) AS deals,
    sum(amount::DOUBLE / greatest(visits, 1)) AS credit
FROM touched
GROUP BY rep_id
ORDER BY rep_id

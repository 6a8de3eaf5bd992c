-- Customers visited in 2026 by who is responsible: the owner.
WITH visited AS (
    SELECT customer_id, count(*) AS visits
    FROM visits
    WHERE kind NOT IN ('task', 'email')
        AND visited_at >= TIMESTAMP '2025-12-31 16:00:00' AND visited_at < TIMESTAMP '2026-12-31 16:00:00'
    GROUP BY customer_id
)
SELECT c.owner_rep_id, count(*) AS customers, count(v.visits) AS customers_visited, sum(v.visits) AS visits
FROM customers AS c
LEFT JOIN visited AS v ON v.customer_id = c.id
GROUP BY c.owner_rep_id
ORDER BY c.owner_rep_id

-- Visits, customers visited and minutes by rep in 2026.
SELECT rep_id, count(*) AS visits, count(DISTINCT customer_id) AS customers, sum(minutes) AS minutes
FROM visits
WHERE kind NOT IN ('task', 'email')
    AND visited_at >= TIMESTAMP '2025-12-31 16:00:00' AND visited_at < TIMESTAMP '2026-12-31 16:00:00'
GROUP BY rep_id
ORDER BY rep_id

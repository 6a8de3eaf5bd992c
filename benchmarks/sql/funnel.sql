-- Deals opened in 2026 and how many of them ever entered each stage.
SELECT e.stage, count(DISTINCT d.id) AS entered
FROM deals AS d
JOIN stage_events AS e ON e.deal_id = d.id
WHERE d.opened_on >= DATE '2026-01-01' AND d.opened_on < DATE '2027-01-01'
GROUP BY e.stage
ORDER BY e.stage

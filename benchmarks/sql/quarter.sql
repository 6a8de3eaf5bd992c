-- Sums and sums of squares of 2026 and of 2025 by rep and in all. No history: as stored now.
WITH profits AS (
    SELECT
        d.id,
        coalesce(
            sum(l.amount) FILTER (l.cost IS NOT NULL),
            CASE WHEN d.cost IS NOT NULL THEN d.amount END
        ) AS known,
        coalesce(sum(l.cost), d.cost) AS cost
    FROM deals AS d
    LEFT JOIN deal_lines AS l ON l.deal_id = d.id
    WHERE d.status = 'won' AND d.closed_on >= DATE '2025-01-01' AND d.closed_on < DATE '2027-01-01'
    GROUP BY d.id, d.amount, d.cost
),
closed AS (
    SELECT
        year(d.closed_on) AS year,
        coalesce(d.rep_id, '(all)') AS rep_id,
        sum(d.amount) FILTER (d.status = 'won') AS won_amount,
        sum(d.amount::DOUBLE ** 2) FILTER (d.status = 'won') AS squared_amount,
        sum(p.known - p.cost) AS gross_profit,
        sum((p.known - p.cost)::DOUBLE ** 2) AS squared_profit,
        count(*) FILTER (d.status = 'won' AND d.opened_on IS NOT NULL) AS decided_won,
        count(*) FILTER (d.status IN ('won', 'lost') AND d.opened_on IS NOT NULL) AS decided
    FROM deals AS d
    LEFT JOIN profits AS p ON p.id = d.id
    WHERE d.closed_on >= DATE '2025-01-01' AND d.closed_on < DATE '2027-01-01'
    GROUP BY GROUPING SETS ((year(d.closed_on), d.rep_id), (year(d.closed_on)))
),
opened AS (
    SELECT year(opened_on) AS year, coalesce(rep_id, '(all)') AS rep_id, count(*) AS new_deals
    FROM deals
    WHERE opened_on >= DATE '2025-01-01' AND opened_on < DATE '2027-01-01'
    GROUP BY GROUPING SETS ((year(opened_on), rep_id), (year(opened_on)))
),
visited AS (
    SELECT
        year(visited_on) AS year,
        coalesce(rep_id, '(all)') AS rep_id,
        count(*) AS visits
    FROM (
        SELECT rep_id, timezone('Asia/Shanghai', visited_at AT TIME ZONE 'UTC')::DATE AS visited_on
        FROM visits
        WHERE kind NOT IN ('task', 'email')
            AND visited_at >= TIMESTAMP '2024-12-31 16:00:00'
            AND visited_at < TIMESTAMP '2026-12-31 16:00:00'
    )
    GROUP BY GROUPING SETS ((year(visited_on), rep_id), (year(visited_on)))
),
sides AS (
    SELECT *
    FROM closed
    FULL JOIN opened USING (year, rep_id)
    FULL JOIN visited USING (year, rep_id)
)
SELECT
    n.rep_id,
    n.won_amount,
    n.gross_profit,
    n.new_deals,
    n.visits,
    n.won_amount - t.won_amount AS change_amount,
    1.96 * sqrt(n.squared_amount + t.squared_amount) AS half_amount,
    1.96 * sqrt(n.squared_profit + t.squared_profit) AS half_profit
FROM sides AS n
LEFT JOIN sides AS t ON t.rep_id = n.rep_id AND t.year = 2025
WHERE n.year = 2026
ORDER BY n.rep_id

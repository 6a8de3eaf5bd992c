-- Customers by the deals won with them in 2026, each scored by quarters.
WITH bought AS (
    SELECT customer_id, count(*) AS won, sum(amount) AS won_amount, max(closed_on) AS last_order_on
    FROM deals
    WHERE status = 'won' AND customer_id IS NOT NULL
        AND closed_on >= DATE '2026-01-01' AND closed_on < DATE '2027-01-01'
    GROUP BY customer_id
)
SELECT
    c.name,
    b.*,
    1 + (4 * rank() OVER (ORDER BY last_order_on) + 2 * count(*) OVER (PARTITION BY last_order_on) - 4)
        // count(*) OVER () AS recency_score,
    1 + (4 * rank() OVER (ORDER BY won) + 2 * count(*) OVER (PARTITION BY won) - 4)
        // count(*) OVER () AS frequency_score,
    1 + (4 * rank() OVER (ORDER BY won_amount) + 2 * count(*) OVER (PARTITION BY won_amount) - 4)
        // count(*) OVER () AS money_score
FROM bought AS b
JOIN customers AS c ON c.id = b.customer_id
ORDER BY won_amount DESC, c.name, b.customer_id

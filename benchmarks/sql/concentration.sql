-- How unequally the amount won in 2026 is spread over customers.
WITH won AS (
    SELECT customer_id, sum(amount) AS amount
    FROM deals
    WHERE status = 'won' AND customer_id IS NOT NULL
        AND closed_on >= DATE '2026-01-01' AND closed_on < DATE '2027-01-01'
    GROUP BY customer_id
),
ranked AS (
    SELECT amount, row_number() OVER (ORDER BY amount DESC) AS place, sum(amount) OVER () AS total
    FROM won
)
SELECT
    count(*) AS customers,
    sum(amount) AS won_amount,
    sum(amount) FILTER (place <= 10) AS top_amount,
    sum((100 * amount / total) ** 2) AS hhi
FROM ranked

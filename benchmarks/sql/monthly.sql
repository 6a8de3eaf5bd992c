-- Won amount and gross profit by month of 2026.
SELECT
    date_trunc('month', closed_on) AS month,
    sum(amount) AS won_amount,
    sum(amount - cost) AS gross_profit
FROM deals
WHERE status = 'won' AND closed_on >= DATE '2026-01-01' AND closed_on < DATE '2027-01-01'
GROUP BY month
ORDER BY month

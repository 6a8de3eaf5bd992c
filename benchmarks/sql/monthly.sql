-- Won amount and gross profit (over lines with known cost) by month of 2026.
SELECT
    date_trunc('month', d.closed_on) AS month,
    sum(coalesce(l.amount, d.amount)) AS won_amount,
    sum(coalesce(l.amount, d.amount) - if(l.deal_id IS NULL, d.cost, l.cost)) AS gross_profit
FROM deals AS d
LEFT JOIN deal_lines AS l ON l.deal_id = d.id
WHERE d.status = 'won' AND d.closed_on >= DATE '2026-01-01' AND d.closed_on < DATE '2027-01-01'
GROUP BY month
ORDER BY month

-- Margin by rep over lines with known cost, won in 2026.
SELECT
    d.rep_id,
    sum(coalesce(l.amount, d.amount)) AS known_amount,
    sum(coalesce(l.amount, d.amount) - if(l.deal_id IS NULL, d.cost, l.cost)) AS gross_profit
FROM deals AS d
LEFT JOIN deal_lines AS l ON l.deal_id = d.id
WHERE d.status = 'won' AND d.closed_on >= DATE '2026-01-01' AND d.closed_on < DATE '2027-01-01'
    AND if(l.deal_id IS NULL, d.cost, l.cost) IS NOT NULL
GROUP BY d.rep_id
ORDER BY d.rep_id

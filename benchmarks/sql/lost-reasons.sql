-- Lost deals and amounts by reason in 2026.
SELECT loss_reason, count(*) AS lost, sum(amount) AS lost_amount
FROM deals
WHERE status = 'lost' AND closed_on >= DATE '2026-01-01' AND closed_on < DATE '2027-01-01'
GROUP BY loss_reason
ORDER BY lost DESC

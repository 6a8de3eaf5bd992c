-- Won, lost and open deals and their amounts by rep, closed in 2026. No history: as stored now.
SELECT
    rep_id,
    count(*) FILTER (status = 'won') AS won,
    count(*) FILTER (status = 'lost') AS lost,
    sum(amount) FILTER (status = 'won') AS won_amount,
    median(closed_on - opened_on) FILTER (status = 'won') AS median_cycle_days
FROM deals
WHERE closed_on >= DATE '2026-01-01' AND closed_on < DATE '2027-01-01'
GROUP BY rep_id
ORDER BY rep_id

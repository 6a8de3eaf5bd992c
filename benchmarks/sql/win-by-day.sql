-- Aalen-Johansen share won by 30, 60, 90, 180 and 365 days after opening, by rep; opened in 2026.
WITH deals AS (
    SELECT rep_id, status, coalesce(closed_on, DATE '2026-11-23') - opened_on AS days
    FROM deals
    WHERE opened_on >= DATE '2026-01-01' AND opened_on < DATE '2027-01-01'
),
life AS (
    SELECT
        rep_id,
        days,
        count(*) FILTER (status = 'won') AS won,
        count(*) FILTER (status = 'lost') AS lost,
        sum(count(*)) OVER (PARTITION BY rep_id ORDER BY days DESC) AS at_risk
    FROM deals
    GROUP BY rep_id, days
),
survival AS (
    SELECT *, coalesce(product(1 - (won + lost) / at_risk) OVER before, 1) AS still_open
    FROM life
    WINDOW before AS (
        PARTITION BY rep_id ORDER BY days ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)
SELECT
    rep_id,
    day,
    sum(won) FILTER (days <= day) AS won,
    sum(lost) FILTER (days <= day) AS lost,
    sum(still_open * won / at_risk) FILTER (days <= day) AS won_by_rate
FROM survival, unnest([30, 60, 90, 180, 365]) AS readings (day)
GROUP BY rep_id, day
ORDER BY rep_id, day

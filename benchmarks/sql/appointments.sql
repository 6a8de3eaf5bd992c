-- Appointments for a day of 2026 by rep: kept by the day, or up to 14 days late.
WITH seen AS (
    SELECT customer_id, (visited_at + INTERVAL 8 HOURS)::DATE AS visited_on, rep_id, next_on
    FROM visits
    WHERE kind NOT IN ('task', 'email')
),
agreed AS (
    SELECT * FROM seen
    WHERE next_on > visited_on AND next_on >= DATE '2026-01-01' AND next_on < DATE '2027-01-01'
),
judged AS (
    SELECT a.rep_id, a.next_on, s.visited_on AS contact_on
    FROM agreed AS a
    ASOF LEFT JOIN seen AS s ON a.customer_id = s.customer_id AND a.visited_on < s.visited_on
)
SELECT
    rep_id,
    count(*) FILTER (contact_on <= next_on) AS kept,
    count(*) FILTER (contact_on > next_on AND contact_on <= next_on + 14) AS late
FROM judged
GROUP BY rep_id
ORDER BY rep_id

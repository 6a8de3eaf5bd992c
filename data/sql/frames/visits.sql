-- One row per visit or other activity; no visit count includes tasks and e-mails. The reader turns visited_on into a business day.
SELECT
    id AS visit_id,
    customer_id,
    rep_id,
    deal_id,
    kind,
    kind NOT IN ('task', 'email') AS is_visit,
    visited_at AS visited_on,
    minutes,
    next_on
FROM visible_visits

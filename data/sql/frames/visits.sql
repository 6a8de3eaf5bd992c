-- One row per visit or other activity; no visit count includes tasks and e-mails. The reader turns visited_on into a business day and hour into that of the department's clocks.
SELECT
    id AS visit_id,
    customer_id,
    rep_id,
    deal_id,
    kind,
    kind NOT IN ('task', 'email') AS is_visit,
    visited_at AS visited_on,
    visited_at,
    visited_at AS hour,
    minutes,
    outcome IS NOT NULL AS has_outcome,
    next_on
FROM visible_visits

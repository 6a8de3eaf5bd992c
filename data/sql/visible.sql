-- What a scope may see: one CTE per record table, put in front of every read of rows.
-- Parameters: $team, $rep_id (null: no limit), $timezone, $today (the department's day).
-- A rep sees own deals, visits, reports and targets, everything about the customers they own and
-- the visits on their deals, whoever made them, and the customers they dealt with or visited.
-- A team sees so the rows of reps who are in it now or were in it on the row's day.
-- Reps, their teams and the stages are names only: everybody sees them.
WITH
team_days AS (
    SELECT id AS rep_id, DATE '-infinity' AS from_on, DATE 'infinity' AS until_on
    FROM reps
    WHERE team = $team::VARCHAR
    UNION ALL
    SELECT rep_id, from_on, coalesce(until_on, DATE 'infinity')
    FROM rep_teams
    WHERE team = $team::VARCHAR
),
reached_reps AS NOT MATERIALIZED (
    SELECT *
    FROM reps
    WHERE ($rep_id::VARCHAR IS NULL OR id = $rep_id) AND ($team::VARCHAR IS NULL OR team = $team)
),
owned_customers AS NOT MATERIALIZED (
    SELECT id FROM customers WHERE owner_rep_id IN (SELECT id FROM reached_reps)
),
visible_reps AS NOT MATERIALIZED (SELECT * FROM reps),
visible_rep_teams AS NOT MATERIALIZED (SELECT * FROM rep_teams),
visible_stages AS NOT MATERIALIZED (SELECT * FROM stages),
visible_deals AS NOT MATERIALIZED (
    SELECT *
    FROM deals AS d
    WHERE ($rep_id::VARCHAR IS NULL AND $team::VARCHAR IS NULL)
       OR (
           ($rep_id::VARCHAR IS NULL OR d.rep_id = $rep_id)
           AND ($team::VARCHAR IS NULL OR EXISTS (
               SELECT 1 FROM team_days AS t
               WHERE t.rep_id = d.rep_id
                 AND coalesce(d.closed_on, $today) >= t.from_on
                 AND coalesce(d.closed_on, $today) < t.until_on
           ))
       )
       OR d.customer_id IN (SELECT id FROM owned_customers)
),
visible_visits AS NOT MATERIALIZED (
    SELECT *
    FROM visits AS v
    WHERE ($rep_id::VARCHAR IS NULL AND $team::VARCHAR IS NULL)
       OR (
           ($rep_id::VARCHAR IS NULL OR v.rep_id = $rep_id)
           AND ($team::VARCHAR IS NULL OR EXISTS (
               SELECT 1 FROM team_days AS t
               WHERE t.rep_id = v.rep_id
                 AND timezone($timezone, v.visited_at AT TIME ZONE 'UTC')::DATE >= t.from_on
                 AND timezone($timezone, v.visited_at AT TIME ZONE 'UTC')::DATE < t.until_on
           ))
       )
       OR v.customer_id IN (SELECT id FROM owned_customers)
       OR v.deal_id IN (SELECT id FROM visible_deals)
),
visible_customers AS NOT MATERIALIZED (
    SELECT *
    FROM (FROM customers WHERE merged_into_id IS NULL) AS c
    WHERE ($rep_id::VARCHAR IS NULL AND $team::VARCHAR IS NULL)
       OR c.id IN (SELECT id FROM owned_customers)
       OR c.id IN (SELECT customer_id FROM visible_deals)
       OR c.id IN (SELECT customer_id FROM visible_visits)
),
visible_contacts AS NOT MATERIALIZED (
    SELECT *
    FROM contacts
    WHERE ($rep_id::VARCHAR IS NULL AND $team::VARCHAR IS NULL)
       OR customer_id IN (SELECT id FROM visible_customers)
),
visible_deal_lines AS NOT MATERIALIZED (
    SELECT *
    FROM deal_lines
    WHERE ($rep_id::VARCHAR IS NULL AND $team::VARCHAR IS NULL)
       OR deal_id IN (SELECT id FROM visible_deals)
),
visible_stage_events AS NOT MATERIALIZED (
    SELECT *
    FROM stage_events
    WHERE ($rep_id::VARCHAR IS NULL AND $team::VARCHAR IS NULL)
       OR deal_id IN (SELECT id FROM visible_deals)
),
visible_targets AS NOT MATERIALIZED (
    SELECT *
    FROM targets
    WHERE ($rep_id::VARCHAR IS NULL OR (subject_kind = 'rep' AND subject = $rep_id))
      AND ($team::VARCHAR IS NULL
           OR (subject_kind = 'team' AND subject = $team)
           OR (subject_kind = 'rep' AND subject IN (SELECT rep_id FROM team_days)))
),
visible_work_reports AS NOT MATERIALIZED (
    SELECT *
    FROM work_reports AS w
    WHERE ($rep_id::VARCHAR IS NULL OR w.rep_id = $rep_id)
      AND ($team::VARCHAR IS NULL OR EXISTS (
          SELECT 1 FROM team_days AS t
          WHERE t.rep_id = w.rep_id AND w.period_on >= t.from_on AND w.period_on < t.until_on
      ))
)

-- One row per entry of a deal into a stage. The reader turns entered_on into a business day.
SELECT
    deal_id,
    seq,
    stage,
    entered_at AS entered_on,
    entered_at
FROM visible_stage_events

-- One row per entry of a deal into a stage. The reader turns entered_on into a business day.
-- A move made by hand comes after the source's event of the same number.
SELECT
    deal_id,
    2 * seq + (origin = 'entry')::BIGINT AS seq,
    stage,
    entered_at AS entered_on,
    entered_at
FROM visible_stage_events

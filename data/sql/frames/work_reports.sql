-- One row per rep and ISO week with a report, drafts included. Moments in UTC; the reader turns submitted_on into a business day.
SELECT
    id AS report_id,
    rep_id,
    period_on,
    status,
    summary,
    projects,
    plan,
    submitted_at AS submitted_on,
    submitted_at,
    read_at,
    reviewed_at,
    reviewed_by,
    comment
FROM visible_work_reports
ORDER BY period_on, rep_id

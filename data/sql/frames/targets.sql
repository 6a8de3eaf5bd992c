-- One row per rep or team and month. Money in ten-thousandths of the currency.
SELECT
    subject_kind,
    subject,
    month,
    (amount::DECIMAL(38, 4) * 10000)::BIGINT AS amount
FROM visible_targets

-- One row per line of a deal. Money in ten-thousandths of the currency, null is unknown.
SELECT
    deal_id,
    line,
    product,
    category,
    quantity::DOUBLE AS quantity,
    (amount::DECIMAL(38, 4) * 10000)::BIGINT AS amount,
    (cost::DECIMAL(38, 4) * 10000)::BIGINT AS cost
FROM visible_deal_lines

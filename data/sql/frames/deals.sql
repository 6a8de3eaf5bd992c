-- One row per deal. Money in ten-thousandths of the currency, null is unknown.
SELECT
    id AS deal_id,
    name AS deal,
    customer_id,
    rep_id,
    product,
    source,
    kind,
    stage,
    status,
    opened_on,
    expected_on,
    closed_on,
    (amount::DECIMAL(38, 4) * 10000)::BIGINT AS amount,
    (cost::DECIMAL(38, 4) * 10000)::BIGINT AS cost,
    loss_reason
FROM visible_deals

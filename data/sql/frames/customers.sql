-- One row per customer.
SELECT
    id AS customer_id,
    name AS customer,
    region,
    industry,
    size_band AS size,
    owner_rep_id,
    tracking,
    created_on
FROM visible_customers

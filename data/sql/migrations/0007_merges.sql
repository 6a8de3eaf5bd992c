-- Tax numbers; customers that turned out to be one, and those that look alike and are two.

ALTER TABLE customers ADD COLUMN tax_number VARCHAR; -- as it was written, not in one form
ALTER TABLE customers ADD COLUMN merged_into_id VARCHAR; -- a customer that is not merged itself

CREATE TABLE merges (
    id VARCHAR PRIMARY KEY,
    kept_id VARCHAR NOT NULL,
    gone_id VARCHAR NOT NULL,
    taken VARCHAR NOT NULL, -- JSON: field of the kept customer -> before, after
    moved VARCHAR NOT NULL, -- JSON: record -> ids that went to the kept customer
    merged_by VARCHAR NOT NULL,
    undone_by VARCHAR,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE distinctions (
    id VARCHAR PRIMARY KEY,
    first_id VARCHAR NOT NULL,
    second_id VARCHAR NOT NULL,
    decided_by VARCHAR, -- null: taken back
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

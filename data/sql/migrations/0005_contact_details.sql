-- What the regulations ask of a contact beyond how to reach them: age, social relations, background.
-- The table is made anew, since its columns stand in the order that its record declares.

ALTER TABLE contacts RENAME TO contacts_before;

CREATE TABLE contacts (
    id VARCHAR PRIMARY KEY,
    customer_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR CHECK (role IN ('decision_maker', 'liaison', 'technical', 'finance', 'user', 'other')),
    department VARCHAR,
    position VARCHAR,
    phone VARCHAR,
    email VARCHAR,
    age BIGINT,
    relations VARCHAR,
    background VARCHAR,
    note VARCHAR,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

INSERT INTO contacts BY NAME SELECT * FROM contacts_before;

DROP TABLE contacts_before;

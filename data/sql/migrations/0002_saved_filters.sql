-- What people set the filter row to, kept under a name. `query` is the address; null: removed.

CREATE TABLE saved_filters (
    id VARCHAR PRIMARY KEY,
    owner VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    audience VARCHAR NOT NULL CHECK (audience IN ('private', 'shared')),
    query VARCHAR,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

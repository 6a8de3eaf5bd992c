-- Imports that can be taken back. A row that an import brought has its moment as created_at,
-- so only what stood in rows that were there before is kept.

CREATE TABLE import_batches (
    number BIGINT PRIMARY KEY,
    imported_at TIMESTAMP NOT NULL, -- of every row it brought or changed
    person VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    counts VARCHAR NOT NULL, -- JSON: record -> new, changed, unchanged
    settings VARCHAR NOT NULL, -- JSON: name -> before, after
    replaced_demo BOOLEAN NOT NULL,
    is_kept BOOLEAN NOT NULL, -- false: too old, its former values are gone
    undone_at TIMESTAMP,
    undone_by VARCHAR
);

CREATE TABLE import_changes (
    imported_at TIMESTAMP NOT NULL,
    record VARCHAR NOT NULL, -- name of the declaration, or hand_edits
    id VARCHAR NOT NULL,
    before VARCHAR NOT NULL -- JSON: column -> value as text
);

-- Mappings that people saved under a name; the text is what the command line reads from a file.
CREATE TABLE import_mappings (
    name VARCHAR PRIMARY KEY,
    mapping VARCHAR NOT NULL, -- TOML
    saved_at TIMESTAMP NOT NULL,
    saved_by VARCHAR NOT NULL
);

-- What an import or another change of many rows did to whole tables, which has no image a row:
-- JSON, table -> [rows before, fingerprint before, rows after, fingerprint after].

ALTER TABLE audit ADD COLUMN tables VARCHAR;

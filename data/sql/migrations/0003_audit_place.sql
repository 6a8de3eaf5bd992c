-- From where something was done: a network address, or "terminal". Unknown for what is older.

ALTER TABLE audit ADD COLUMN place VARCHAR;

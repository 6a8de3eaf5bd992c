"""Storage: the DuckDB store and the records people enter or import."""

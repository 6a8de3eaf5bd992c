"""Meaning: every business definition, computed with Polars from frames to frames."""

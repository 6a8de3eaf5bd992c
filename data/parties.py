"""The stored customers as duplicates are looked for, and what was decided about pairs."""

import duckdb
import polars as pl

from data.duplicates.finding import PARTIES

FACTS = pl.Schema(  # beside PARTIES: what a person is shown of a customer
    {**PARTIES, "owner_rep_id": pl.String(), "owner": pl.String()}
)
_PARTIES = """
    SELECT
        c.id, c.name, c.tax_number, c.region, c.address,
        coalesce(p.phones, []) AS phones,
        c.owner_rep_id, r.name AS owner
    FROM customers AS c
    LEFT JOIN reps AS r ON r.id = c.owner_rep_id
    LEFT JOIN (
        SELECT customer_id, list(phone ORDER BY id) AS phones
        FROM contacts WHERE phone IS NOT NULL GROUP BY customer_id
    ) AS p ON p.customer_id = c.id
    WHERE c.merged_into_id IS NULL
    ORDER BY c.id
"""
_MERGES = """
    SELECT
        m.id, m.kept_id, m.gone_id, kept.name AS kept, gone.name AS gone, m.merged_by,
        m.created_at AS merged_at, m.undone_by, m.moved
    FROM merges AS m
    JOIN customers AS kept ON kept.id = m.kept_id
    JOIN customers AS gone ON gone.id = m.gone_id
    ORDER BY m.created_at DESC, m.id
"""


def parties(cursor: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """FACTS of every customer that is not merged away, whosever it is."""
    return cursor.sql(_PARTIES).pl().cast(FACTS)


def distinctions(cursor: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The pairs that somebody said are two customers: first_id below second_id."""
    query = "SELECT first_id, second_id FROM distinctions WHERE decided_by IS NOT NULL ORDER BY ALL"
    return cursor.sql(query).pl()


def kept(cursor: duckdb.DuckDBPyConnection, id: str) -> str | None:
    """The customer that one was merged into; None of any other."""
    rows = cursor.execute("SELECT merged_into_id FROM customers WHERE id = ?", [id]).fetchall()
    return rows[0][0] if rows else None


def merges(cursor: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every merge with the names of both customers, the last first."""
    return cursor.sql(_MERGES).pl()

"""Fingerprints: what a table holds as one number, the same in any order of its rows.

A form's rows stand in the log with their values. Of a change of many rows the log keeps what
the touched tables were before and after, so that a row edited, added or taken away behind
its back shows all the same. A row's number is a keyed hash, a table's their sum, hidden in
the log under a pad: who reads the log learns nothing to make another set of rows with one sum.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import duckdb

from data.columns import schema
from data.records import BESIDE, BY_TABLE, Record

RECORD_TABLES: dict[str, type[Record]] = BY_TABLE | BESIDE
SMALL = (  # no images: whoever touches them has the whole table in the log
    *("settings", "accounts", "invitations"),
    *("import_batches", "import_mappings"),
)
COVERED = (*RECORD_TABLES, *SMALL, "import_changes")
_MODULUS = 1 << 128
_LIMB = 60  # bits; two of them are kept of a hash, as integers that DuckDB can add up
_DIGITS = _LIMB // 4


class Fingerprint(NamedTuple):
    """How many rows, and the sum of their numbers."""

    rows: int = 0
    total: int = 0

    def plus(self, rows: int, total: int) -> "Fingerprint":
        """The fingerprint after rows came and went."""
        return Fingerprint(self.rows + rows, (self.total + total) % _MODULUS)


NOTHING = Fingerprint()  # an empty table's


class Span(NamedTuple):
    """A table before and after a transaction; `before` is None where it begins anew."""

    before: Fingerprint | None
    after: Fingerprint


def of_table(cursor: duckdb.DuckDBPyConnection, key: bytes, table: str) -> Fingerprint:
    """What a table holds now."""
    hashed = row_hash(table, {name: f'"{name}"::VARCHAR' for name in columns(cursor, table)})
    query = f"SELECT count(*), {', '.join(sums('h'))} FROM (SELECT {hashed} AS h FROM {table})"
    [(rows, *limbs)] = cursor.execute(query, {"key": key.hex()}).fetchall()
    return NOTHING.plus(rows, total_of(*limbs))


def columns(cursor: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The columns that a fingerprint covers: of a record what people enter, else all."""
    if table in RECORD_TABLES:
        return schema(RECORD_TABLES[table]).names()
    query = "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_name"
    return [name for (name,) in cursor.execute(query, [table]).fetchall()]


def row_hash(table: str, texts: Mapping[str, str]) -> str:
    """SQL of a row's hash under $key; `texts` are its columns' names and SQL of their text.

    Every value stands with its name and length; nulls are left out, so that a column
    which a later version adds changes no row that has nothing in it.
    """
    parts = (f"'{name}:' || strlen({text}) || ':' || {text}" for name, text in texts.items())
    return f"sha256($key || '{table}/' || concat_ws('', {', '.join(parts)}))"


def sums(hashed: str) -> tuple[str, str]:
    """SQL of the two sums that `total_of` takes; null for no rows."""
    halves = (f"{hashed}[1:{_DIGITS}]", f"{hashed}[{_DIGITS + 1}:{2 * _DIGITS}]")
    return tuple(f"sum(('0x' || {half})::UBIGINT)" for half in halves)  # type: ignore[return-value]


def total_of(high: int | None, low: int | None) -> int:
    """One number of two sums."""
    return ((high or 0) << _LIMB) + (low or 0)


def existing(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """The covered tables that this store has."""
    names = cursor.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
    return [table for table in COVERED if (table,) in names]


def as_json(key: bytes, moment: datetime, spans: Mapping[str, Span]) -> str:
    """Spans as the log keeps them."""
    return json.dumps(
        {
            table: [
                *_told(before, key, moment, f"{table} before"),
                *_told(after, key, moment, f"{table} after"),
            ]
            for table, (before, after) in spans.items()
        }
    )


def from_json(key: bytes, moment: datetime, text: str) -> dict[str, Span]:
    """The spans of a row of the log.

    Raises:
        ValueError: it is no text that `as_json` wrote.
    """
    return {
        table: Span(
            None if first is None else _read(before, first, key, moment, f"{table} before"),
            _read(after, last, key, moment, f"{table} after"),
        )
        for table, (before, first, after, last) in json.loads(text).items()
    }


def _told(
    known: Fingerprint | None, key: bytes, moment: datetime, side: str
) -> tuple[int | None, str | None]:
    if known is None:
        return None, None
    return known.rows, f"{(known.total + _pad(key, moment, side)) % _MODULUS:032x}"


def _read(rows: int, text: str, key: bytes, moment: datetime, side: str) -> Fingerprint:
    return Fingerprint(rows, (int(text, 16) - _pad(key, moment, side)) % _MODULUS)


def _pad(key: bytes, moment: datetime, side: str) -> int:
    """A number that only the key's owner can know, another one each time."""
    digest = hmac.new(key, f"{moment.isoformat()} {side}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16])

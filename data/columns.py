"""The columns of a record: Polars types and the one text form of a value."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import polars as pl

from data.records import Record

TYPES: dict[type, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    Decimal: pl.Decimal(18, 4),
    date: pl.Date(),
    datetime: pl.Datetime("us"),  # UTC
}


@cache
def schema(record: type[Record]) -> pl.Schema:
    """Names and Polars types of the record's own fields, in declared order."""
    return pl.Schema({field.name: TYPES[field.type] for field in record.fields()})


def frame(record: type[Record], rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Rows as a typed frame of all the record's fields; an absent field is null.

    Raises:
        KeyError: a row names a field the record does not have.
    """
    columns = schema(record)
    rows = list(rows)
    if unknown := {name for row in rows for name in row} - set(columns):
        raise KeyError(f"{record.__name__} has no field {sorted(unknown)}")
    return pl.DataFrame(rows, schema=columns, orient="row")


def as_text(column: str) -> pl.Expr:
    """The value of `column` as text, the same for the same value everywhere; null stays null."""
    return pl.col(column).cast(pl.String)


def text_of(record: type[Record], field: str, value: object) -> str | None:
    """One value as `as_text` writes it."""
    series = pl.Series([value], dtype=schema(record)[field])
    return series.cast(pl.String)[0]


def is_storable(text: str) -> bool:
    """Whether it is text: half of a surrogate pair is none, and has no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def value_of(record: type[Record], field: str, text: str | None) -> object:
    """The value that `text_of` wrote."""
    return pl.Series([text], dtype=pl.String).cast(schema(record)[field])[0]


def utc(moment: datetime) -> datetime:
    """A moment as the store keeps it: in UTC, without zone; one without zone is in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment

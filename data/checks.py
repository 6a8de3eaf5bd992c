"""Validation of records on columns: one form and a million imported rows pass the same tests."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple

import polars as pl

from data.columns import as_text, schema
from data.errors import RefusedError
from data.records import Field, Record

PROBLEMS = pl.Schema(
    {
        "row": pl.UInt32,  # position in the checked frame, from 0
        "field": pl.String,
        "code": pl.String,  # key of the words in errors.toml
        "value": pl.String,  # as text; null where there is none
        "limit": pl.String,  # what the value may be at most, at least, or one of
    }
)
LARGEST = Decimal("99999999999999.9999")  # of DECIMAL(18, 4)


class Problem(NamedTuple):
    """One thing wrong with a form."""

    field: str
    code: str
    value: str | None = None
    limit: str | None = None


class _Demand(NamedTuple):
    """One thing asked of every row: `broken` is true where it fails."""

    field: str
    code: str
    broken: pl.Expr
    limit: str | None = None


def problems(record: type[Record], rows: pl.DataFrame, *, entry: bool) -> pl.DataFrame:
    """What is wrong with rows of a record, by row, then in the order of fields (PROBLEMS).

    Checked: required, too_long, too_small, too_large, not_a_choice, duplicate_key (an
    id that an earlier row has) and the record's rules, with `entry` those for people
    too. An empty cell or absent column counts as the declared default; blanks are empty.
    References are the store's to check (`Store.unknown_references`).
    """
    rows = _completed(record, rows)
    demands = _demands(record, entry)
    broken = rows.select(
        demand.broken.fill_null(False).alias(str(i)) for i, demand in enumerate(demands)
    )
    found = [
        rows.with_row_index("row")
        .filter(broken[str(i)])
        .select(
            "row",
            field=pl.lit(demand.field),
            code=pl.lit(demand.code),
            value=as_text(demand.field),
            limit=pl.lit(demand.limit, pl.String),
        )
        for i, demand in enumerate(demands)
        if broken[str(i)].any()
    ]
    return pl.concat([pl.DataFrame(schema=PROBLEMS), *found]).sort("row", maintain_order=True)


def frame_of(found: Iterable[Problem]) -> pl.DataFrame:
    """Problems of one row as a frame (PROBLEMS)."""
    return pl.DataFrame([(0, *problem) for problem in found], schema=PROBLEMS, orient="row")


def refusal(found: Iterable[Problem]) -> RefusedError:
    """The refusal of a form for these problems."""
    return RefusedError(frame_of(found))


def _completed(record: type[Record], rows: pl.DataFrame) -> pl.DataFrame:
    """All the record's columns; blanks are empty, what is empty or absent has its default."""
    columns = schema(record)
    absent = [pl.lit(None, t).alias(n) for n, t in columns.items() if n not in rows.columns]
    filled = rows.with_columns(absent).select(columns.names())
    blanks = [
        pl.when(pl.col(name).str.strip_chars() != "").then(name).alias(name)
        for name, kind in columns.items()
        if kind == pl.String and name in rows.columns
    ]
    defaults = [
        pl.col(field.name).fill_null(field.default)
        for field in record.fields()
        if field.default is not None
    ]
    return filled.with_columns(blanks).with_columns(defaults)


@cache
def _demands(record: type[Record], entry: bool) -> tuple[_Demand, ...]:
    fields = [demand for field in record.fields() for demand in _of_field(field)]
    seen = pl.col("id").is_not_null() & ~pl.col("id").is_first_distinct()
    rules = [
        _Demand(rule.field, rule.code, rule.broken)
        for rule in record.RULES
        if entry or not rule.entry_only
    ]
    return (*fields, _Demand("id", "duplicate_key", seen), *rules)


def _of_field(field: Field) -> Iterator[_Demand]:
    column = pl.col(field.name)
    if field.required:
        yield _Demand(field.name, "required", column.is_null())
    if field.max_length is not None:
        too_long = column.str.len_chars() > field.max_length
        yield _Demand(field.name, "too_long", too_long, str(field.max_length))
    if field.minimum is not None:
        yield _Demand(field.name, "too_small", column < field.minimum, str(field.minimum))
    if field.maximum is not None:
        yield _Demand(field.name, "too_large", column > field.maximum, str(field.maximum))
    if choices := field.about.choices:
        yield _Demand(field.name, "not_a_choice", ~column.is_in(list(choices)), ", ".join(choices))

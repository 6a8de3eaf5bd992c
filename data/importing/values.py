"""Texts of a file as values of a field's type."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import mul, sub
from typing import NamedTuple

import polars as pl

from data.checks import LARGEST
from data.columns import TYPES
from data.importing import dates, numbers
from data.importing.files import Folder
from data.importing.grammar import Column


@dataclass(frozen=True)
class Reading:
    """How the values of one import are written, and where its other files are."""

    folder: Folder
    zone: str  # of times without an offset
    empty: tuple[str, ...]
    dates: tuple[str, ...]
    decimal: str
    thousands: str


class Fault(NamedTuple):
    """Rows whose cell cannot be used: a mask, the key of the sentence, what was expected."""

    rows: pl.Series
    code: str
    limit: str | pl.Series | None = None


Step = tuple[pl.Series, list[Fault]]


def typed(
    kind: type, column: Column, texts: pl.Series, rows: pl.DataFrame, reading: Reading
) -> Step:
    """Values in the store's type for `kind`, null and a fault where a text is no such value."""
    values, faults = _READERS[kind](column, texts, rows, reading)
    return values.cast(TYPES[kind], strict=False), faults


def texts_of(rows: pl.DataFrame, header: str, empty: Sequence[str] = ()) -> pl.Series:
    """A column's texts, null where they are among the words for nothing."""
    texts = rows[header]
    return texts.set(texts.is_in(list(empty)).fill_null(False), None) if empty else texts


def lost(before: pl.Series, after: pl.Series) -> pl.Series:
    """Rows that had something and have nothing now."""
    return before.is_not_null() & after.is_null()


def _words(_: Column, texts: pl.Series, __: pl.DataFrame, ___: Reading) -> Step:
    return texts, []


def _number(column: Column, texts: pl.Series, rows: pl.DataFrame, reading: Reading) -> Step:
    """Exact numbers after the arithmetic of the mapping."""
    decimal = reading.decimal if column.decimal is None else column.decimal
    thousands = reading.thousands if column.thousands is None else column.thousands
    number = numbers.parse(texts, decimal, thousands)
    faults = [Fault(lost(texts, number), "not_a_number")]
    for header, combine in ((column.times, mul), (column.minus, sub)):
        if header is not None:
            other = texts_of(rows, header, (*reading.empty, *column.empty))
            operand = numbers.parse(other, decimal, thousands)
            faults.append(Fault(lost(other, operand), "other_not_a_number", header))
            number = combine(number, operand)
    if column.multiply is not None:
        number = number * column.multiply
    if column.divide is not None:
        number = number / column.divide
    return number, faults


def _money(column: Column, texts: pl.Series, rows: pl.DataFrame, reading: Reading) -> Step:
    """Numbers rounded to the four decimals of the store."""
    number, faults = _number(column, texts, rows, reading)
    kept = number.cast(TYPES[Decimal], strict=False)
    return kept, [*faults, Fault(lost(number, kept), "too_large", str(LARGEST))]


def _whole(column: Column, texts: pl.Series, rows: pl.DataFrame, reading: Reading) -> Step:
    """Whole numbers; a result of arithmetic is rounded, what the file says is not."""
    number, faults = _number(column, texts, rows, reading)
    rounded = number.round(0)
    kept = rounded.cast(pl.Int64, strict=False)
    faults = [*faults, Fault(lost(number, kept), "too_large", str(LARGEST))]
    if (column.multiply, column.divide, column.times, column.minus) == (None,) * 4:
        faults.append(Fault((number != rounded).fill_null(False), "not_a_whole_number"))
    return kept, faults


def _day(column: Column, texts: pl.Series, _: pl.DataFrame, reading: Reading) -> Step:
    formats = (*column.date, *reading.dates)
    days = dates.days(texts, formats, reading.zone)
    return days, [Fault(lost(texts, days), "not_a_day", _formats(formats))]


def _moment(column: Column, texts: pl.Series, _: pl.DataFrame, reading: Reading) -> Step:
    formats = (*column.date, *reading.dates)
    moments = dates.moments(texts, formats, reading.zone)
    return moments, [Fault(lost(texts, moments), "not_a_moment", _formats(formats))]


def _formats(formats: Sequence[str]) -> str:
    return ", ".join((*formats, "YYYY-MM-DD"))


_READERS: dict[type, Callable[[Column, pl.Series, pl.DataFrame, Reading], Step]] = {
    str: _words,
    int: _whole,
    Decimal: _money,
    date: _day,
    datetime: _moment,
}

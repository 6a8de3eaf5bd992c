"""One field of a record, filled from the rows of a file as its mapping says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import mul, sub
from typing import NamedTuple

import polars as pl

from data.columns import TYPES
from data.importing import dates, lookups, numbers
from data.importing.files import Folder
from data.importing.mapping import Column
from data.records import Field

LARGEST = 10**14  # exclusive; DECIMAL(18, 4)


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


class Cells(NamedTuple):
    """One field over all rows: the words of the file, the values, the faults."""

    texts: pl.Series
    values: pl.Series
    faults: Sequence[Fault]

    def where(self, holds: pl.Series) -> "Cells":
        """The same with nothing, and nothing wrong, where the condition fails."""
        values = self.values.set(~holds, None)
        faults = [fault._replace(rows=fault.rows & holds) for fault in self.faults]
        return Cells(self.texts, values, faults)


def fill(column: Column, field: Field, rows: pl.DataFrame, reading: Reading) -> Cells:
    """The field's values in the types of the store; conditions are the caller's."""
    said = _said(column, rows, (*reading.empty, *column.empty))
    texts, faults = said, list[Fault]()
    for step in (_extracted, _looked_up, _translated):
        texts, found = step(column, texts, reading)
        faults += found
    if column.default is not None:
        texts = texts.fill_null(column.default)
    values, found = _READERS[field.type](column, texts, rows, reading)
    values = values.cast(TYPES[field.type], strict=False)
    return Cells(said, values.rename(field.name), [f for f in (*faults, *found) if f.rows.any()])


def texts_of(rows: pl.DataFrame, header: str, empty: Sequence[str] = ()) -> pl.Series:
    """A column's texts, null where they are among the words for nothing."""
    texts = rows[header]
    return texts.set(texts.is_in(list(empty)).fill_null(False), None) if empty else texts


def _said(column: Column, rows: pl.DataFrame, empty: Sequence[str]) -> pl.Series:
    """What the file says, before anything is made of it."""
    if column.value is not None:
        return pl.Series([column.value], dtype=pl.String).new_from_index(0, rows.height)
    if column.number_within:
        number = pl.int_range(1, pl.len() + 1).over(column.number_within)
        return rows.select(number.cast(pl.String)).to_series()
    if column.columns:
        parts = [texts_of(rows, header, empty).alias(header) for header in column.columns]
        joined = pl.concat_str(pl.all(), separator=column.between, ignore_nulls=True)
        return pl.DataFrame(parts).select(pl.when(joined != "").then(joined)).to_series()
    if column.column:
        return texts_of(rows, column.column[0], empty)
    if column.first_of:
        choices = [texts_of(rows, header, empty).alias(header) for header in column.first_of]
        return pl.DataFrame(choices).select(pl.coalesce(pl.all())).to_series()
    return pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)  # a count has no cell


def _extracted(column: Column, texts: pl.Series, _: Reading) -> Step:
    if column.extract is None:
        return texts, []
    groups = len(texts.str.extract_groups(column.extract).struct.fields)
    found = texts.str.extract(column.extract, min(groups, 1))
    return found, [Fault(_lost(texts, found), "no_match", column.extract)]


def _looked_up(column: Column, texts: pl.Series, reading: Reading) -> Step:
    faults = []
    texts = texts.replace(column.replace)
    for hop in column.lookup:
        keys = reading.folder.table(hop.file)
        found = lookups.look_up(texts, keys, hop, reading.empty)
        if hop.if_missing == "refuse":
            faults.append(Fault(found.missing, "lookup_missing", f"{hop.file} {hop.key}"))
        if hop.if_several == "refuse":
            faults.append(Fault(found.several, "lookup_several", f"{hop.file} {hop.key}"))
        texts = found.texts.replace(column.replace)
    return texts, faults


def _translated(column: Column, texts: pl.Series, _: Reading) -> Step:
    if not column.values:
        return texts, []
    filled = texts.is_not_null()
    new = texts.replace_strict(column.values, default=column.otherwise, return_dtype=pl.String).set(
        ~filled, None
    )
    if column.otherwise is not None:
        return new, []
    unlisted = filled & ~texts.is_in(list(column.values))
    return new, [Fault(unlisted, "not_in_values", ", ".join(column.values))]


def _lost(before: pl.Series, after: pl.Series) -> pl.Series:
    """Rows that had something and have nothing now."""
    return before.is_not_null() & after.is_null()


def _words(_: Column, texts: pl.Series, __: pl.DataFrame, ___: Reading) -> Step:
    return texts, []


def _number(column: Column, texts: pl.Series, rows: pl.DataFrame, reading: Reading) -> Step:
    """Exact numbers after the arithmetic of the mapping."""
    decimal = reading.decimal if column.decimal is None else column.decimal
    thousands = reading.thousands if column.thousands is None else column.thousands
    number = numbers.parse(texts, decimal, thousands)
    faults = [Fault(_lost(texts, number), "not_a_number")]
    for header, combine in ((column.times, mul), (column.minus, sub)):
        if header is not None:
            other = texts_of(rows, header, (*reading.empty, *column.empty))
            operand = numbers.parse(other, decimal, thousands)
            faults.append(Fault(_lost(other, operand), "other_not_a_number", header))
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
    return kept, [*faults, Fault(_lost(number, kept), "too_large", str(LARGEST))]


def _whole(column: Column, texts: pl.Series, rows: pl.DataFrame, reading: Reading) -> Step:
    """Whole numbers; a result of arithmetic is rounded, what the file says is not."""
    number, faults = _number(column, texts, rows, reading)
    rounded = number.round(0)
    kept = rounded.cast(pl.Int64, strict=False)
    faults = [*faults, Fault(_lost(number, kept), "too_large", str(LARGEST))]
    if (column.multiply, column.divide, column.times, column.minus) == (None,) * 4:
        faults.append(Fault((number != rounded).fill_null(False), "not_a_whole_number"))
    return kept, faults


def _day(column: Column, texts: pl.Series, _: pl.DataFrame, reading: Reading) -> Step:
    formats = (*column.date, *reading.dates)
    days = dates.days(texts, formats, reading.zone)
    return days, [Fault(_lost(texts, days), "not_a_day", _formats(formats))]


def _moment(column: Column, texts: pl.Series, _: pl.DataFrame, reading: Reading) -> Step:
    formats = (*column.date, *reading.dates)
    moments = dates.moments(texts, formats, reading.zone)
    return moments, [Fault(_lost(texts, moments), "not_a_moment", _formats(formats))]


def _formats(formats: Sequence[str]) -> str:
    return ", ".join((*formats, "YYYY-MM-DD"))


_READERS: dict[type, Callable[[Column, pl.Series, pl.DataFrame, Reading], Step]] = {
    str: _words,
    int: _whole,
    Decimal: _money,
    date: _day,
    datetime: _moment,
}

"""One field of a record, filled from the rows of a file as its mapping says."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from data.importing import lookups
from data.importing.grammar import Column
from data.importing.values import Fault, Reading, Step, lost, texts_of, typed
from data.records import Field


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
    values, found = typed(field.type, column, texts, rows, reading)
    return Cells(said, values.rename(field.name), [f for f in (*faults, *found) if f.rows.any()])


def _said(column: Column, rows: pl.DataFrame, empty: Sequence[str]) -> pl.Series:
    """What the file says, before anything is made of it."""
    if column.number_within:
        number = pl.int_range(1, pl.len() + 1).over(column.number_within)
        return rows.select(number.cast(pl.String)).to_series()
    if not column.headers:  # a constant, or the count of a group, which is no cell at all
        return pl.Series([column.value], dtype=pl.String).new_from_index(0, rows.height)
    cells = pl.DataFrame([texts_of(rows, header, empty) for header in column.headers])
    if column.columns:
        joined = pl.concat_str(pl.all(), separator=column.between, ignore_nulls=True)
        return cells.select(pl.when(joined != "").then(joined)).to_series()
    return cells.select(pl.coalesce(pl.all())).to_series()


def _extracted(column: Column, texts: pl.Series, _: Reading) -> Step:
    if column.extract is None:
        return texts, []
    groups = len(texts.str.extract_groups(column.extract).struct.fields)
    found = texts.str.extract(column.extract, min(groups, 1))
    return found, [Fault(lost(texts, found), "no_match", column.extract)]


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

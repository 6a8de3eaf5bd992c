"""What an import would change: rows of a source against the rows the store has.

Pure: frames in, frames out. A value a person set after an import is kept unless the
person says otherwise; where the source has moved on as well, both values are listed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from data.columns import as_text

CONFLICTS = pl.Schema(
    {
        "record": pl.String,
        "id": pl.String,
        "field": pl.String,
        "mine": pl.String,  # the store's value as text
        "theirs": pl.String,  # the source's
    }
)
CHOICES = pl.Schema(
    {"record": pl.String, "id": pl.String, "field": pl.String, "choice": pl.String}  # keep, take
)
EDITS = pl.Schema({"id": pl.String, "field": pl.String, "imported": pl.String})
_CELL = ["id", "field"]
_UNIT = ["id", "unit"]


class Difference(NamedTuple):
    """`new` and `changed` have the source's columns, `changed` the values to store.

    `conflicts` waits for a person; `kept` and `taken` are the cells where one has
    chosen (id, field, theirs).
    """

    new: pl.DataFrame
    changed: pl.DataFrame
    unchanged: int
    conflicts: pl.DataFrame
    kept: pl.DataFrame
    taken: pl.DataFrame


def difference(
    record: str,
    incoming: pl.DataFrame,
    stored: pl.DataFrame,
    edits: pl.DataFrame,
    choices: pl.DataFrame,
    units: Sequence[frozenset[str]] = (),
) -> Difference:
    """Compare a source's rows with the stored ones of the same ids.

    A unit of fields is one decision: set by hand where one of them is, in conflict as a
    whole, and taken from the source when the person takes one of its cells.

    Args:
        record: name of the record, for the conflicts.
        incoming: `id`, unique, and the columns the source has.
        stored: the same columns and `origin`.
        edits: EDITS, the cells changed by hand and the value last imported there.
        choices: CHOICES of this record.
        units: fields that only mean something together.
    """
    names = [name for name in incoming.columns if name != "id"]
    both = incoming.join(stored, on="id", how="inner", suffix=":stored")
    differing = both.filter(_differs(names))
    cells = _conflicting(_by_hand(differing, names, edits, units), choices)
    held = cells.filter(pl.col("choice").fill_null("keep") != "take")
    changed = _hold(differing, held).filter(_differs(names)).select(incoming.columns)
    new = incoming.join(stored, on="id", how="anti")
    conflicts = cells.filter("is_conflict", pl.col("choice").is_null())
    return Difference(
        new=new,
        changed=changed,
        unchanged=incoming.height - new.height - changed.height,
        conflicts=conflicts.select(pl.lit(record).alias("record"), *list(CONFLICTS)[1:]).sort(
            _CELL
        ),
        kept=cells.filter("is_conflict", pl.col("choice") == "keep"),
        taken=cells.filter(pl.col("choice") == "take"),
    )


def _differs(names: list[str]) -> pl.Expr:
    """Any of the columns has another value than the store."""
    if not names:
        return pl.lit(False)
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}:stored")) for name in names)


def _by_hand(
    differing: pl.DataFrame,
    names: list[str],
    edits: pl.DataFrame,
    units: Sequence[frozenset[str]],
) -> pl.DataFrame:
    """The differing cells a person set, as text: in rows filed by hand all of them.

    Columns: id, field, unit (the name its fields share), mine, theirs, imported (null in
    rows filed by hand), is_edit.
    """
    shared = {field: min(unit) for unit in units for field in unit}
    rows = differing.filter(
        (pl.col("origin") == "entry") | pl.col("id").is_in(edits["id"].implode())
    )
    theirs = _cells(rows.select("id", "origin", *names), names, "theirs")
    mine = _cells(
        rows.select("id", "origin", *(pl.col(f"{name}:stored").alias(name) for name in names)),
        names,
        "mine",
    )
    return (
        theirs.join(mine.drop("origin"), on=_CELL)
        .join(edits.with_columns(is_edit=True), on=_CELL, how="left")
        .filter(pl.col("theirs").ne_missing(pl.col("mine")))
        .with_columns(unit=pl.col("field").replace(shared))
        .filter(((pl.col("origin") == "entry") | pl.col("is_edit")).any().over(_UNIT))
    )


def _cells(rows: pl.DataFrame, names: list[str], value: str) -> pl.DataFrame:
    """One row per id and field with the value as text."""
    return rows.with_columns(as_text(name) for name in names).unpivot(
        on=names, index=["id", "origin"], variable_name="field", value_name=value
    )


def _conflicting(cells: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    """The cells with `is_conflict` (the source has moved on too) and the person's `choice`."""
    is_as_before = pl.col("is_edit").fill_null(False) & pl.col("theirs").eq_missing(
        pl.col("imported")
    )
    takes, keeps = (pl.col("choice").eq(word).any().over(_UNIT) for word in ("take", "keep"))
    choice = pl.when(takes).then(pl.lit("take")).when(keeps).then(pl.lit("keep"))
    return cells.join(choices.select(*_CELL, "choice"), on=_CELL, how="left").with_columns(
        is_conflict=(~is_as_before).any().over(_UNIT), choice=choice
    )


def _hold(differing: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """The rows with the store's value in the held cells."""
    values = {
        field: pl.when(pl.col("id").is_in(ids["id"].implode()))
        .then(f"{field}:stored")
        .otherwise(field)
        for (field,), ids in held.group_by("field")
    }
    return differing.with_columns(**values)

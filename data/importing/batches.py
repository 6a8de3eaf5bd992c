"""All rows of one record in an import: put together from its feeds, checked, refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from data import checks
from data.columns import as_text, schema
from data.importing.files import FILE, LINE
from data.importing.filled import AT, FIELD, Filled, rejects
from data.importing.needs import Plan
from data.importing.values import Fault
from data.records import Record

_FEED = "__feed__"  # number of the feed a row came from


@dataclass(frozen=True)
class Batch:
    """Rows of one record and what is wrong with them; rows, places and refused run in parallel."""

    record: type[Record]
    plans: Sequence[Plan]
    filled: Sequence[Filled]
    rows: pl.DataFrame  # id and the filled fields, typed
    places: pl.DataFrame  # where each row stands
    refused: pl.Series
    rejects: pl.DataFrame  # REJECTS, FIELD, AT
    notices: pl.DataFrame  # the same of cells that were emptied rather than refused

    def refuse(self, field: str, fault: Fault) -> "Batch":
        """The batch with the rows of a fault in `field` refused, too."""
        found = pl.concat([self.rejects, *self._places_of(field, fault)])
        return replace(self, refused=self.refused | fault.rows, rejects=found)

    def empty(self, field: str, fault: Fault) -> "Batch":
        """The batch with the cells of a fault in `field` empty, and noted."""
        if not fault.rows.any():
            return self
        notices = pl.concat([self.notices, *self._places_of(field, fault)])
        values = self.rows[field].set(fault.rows, None)
        return replace(self, rows=self.rows.with_columns(values), notices=notices)

    def accepted(self) -> pl.DataFrame:
        """The rows that may be stored."""
        return self.rows.filter(~self.refused)

    def may_be_empty(self, field: str) -> pl.Series:
        """Rows whose mapping leaves an unknown reference of the field empty."""
        soft = [
            number
            for number, plan in enumerate(self.plans)
            if field in plan.fields and plan.fields[field].if_unknown == "empty"
        ]
        return self.places[_FEED].is_in(soft)

    def _places_of(self, field: str, fault: Fault) -> Iterator[pl.DataFrame]:
        known = field in self.rows.columns  # a rule may ask for a field that no feed fills
        text = as_text(field) if known else pl.lit(None, pl.String)
        texts = self.rows.with_columns(text.alias(field))[field]
        for number, filled in enumerate(self.filled):
            here = fault._replace(rows=fault.rows & (self.places[_FEED] == number))
            label = filled.labels.get(field, pl.lit(field))
            yield rejects(self.record, self.places, field, label, texts, here)


def batch(plans: Sequence[Plan], filled: Sequence[Filled]) -> Batch:
    """The rows of all feeds of one record, with ids made and every check of the record done."""
    record = plans[0].record
    rows = pl.concat([_completed(record, part.rows, filled) for part in filled])
    places = [f.places.with_columns(pl.lit(i).alias(_FEED)) for i, f in enumerate(filled)]
    found, start = [], 0
    for part in filled:
        found.append(part.rejects.with_columns(pl.col(AT) + start))
        start += part.rows.height
    spoilt = pl.concat(found)
    made = Batch(
        record=record,
        plans=plans,
        filled=filled,
        rows=_with_id(record, rows),
        places=pl.concat(places, how="diagonal"),
        refused=_mask(spoilt[AT], rows.height),
        rejects=spoilt,
        notices=spoilt.clear(),
    )
    return _without_repeats(_checked(made))


def _completed(record: type[Record], rows: pl.DataFrame, filled: Sequence[Filled]) -> pl.DataFrame:
    """The rows with declared defaults in empty cells and in fields that only other feeds fill."""
    columns = schema(record)
    given = {name for part in filled for name in part.rows.columns}
    names = [name for name in columns if name in given.union(record.KEY)]
    defaults = {field.name: field.default for field in record.fields()}
    return rows.select(
        pl.col(name).fill_null(pl.lit(defaults[name], columns[name]))
        if name in rows.columns
        else pl.lit(defaults[name], columns[name]).alias(name)
        for name in names
    )


def _with_id(record: type[Record], rows: pl.DataFrame) -> pl.DataFrame:
    if len(record.KEY) == 1:
        return rows
    return rows.select(pl.concat_str(record.KEY, separator="/").alias("id"), pl.all())


def _mask(at: pl.Series, height: int) -> pl.Series:
    return pl.int_range(height, eager=True, dtype=pl.UInt32).is_in(at.unique().implode())


def _checked(made: Batch) -> Batch:
    """Refuse what `data.checks` finds, once per cell: a cell that cannot be read is also empty."""
    found = checks.problems(made.record, made.rows, entry=False).filter(
        pl.col("code") != "duplicate_key"
    )
    if len(made.record.KEY) > 1:  # an id is missing only where a part of it is, and that is told
        found = found.filter((pl.col("field") != "id") | (pl.col("code") != "required"))
    known = made.rejects.select(AT, FIELD).unique()
    found = found.join(known, left_on=["row", "field"], right_on=[AT, FIELD], how="anti")
    for (field, code, limit), rows in found.group_by("field", "code", "limit", maintain_order=True):
        fault = Fault(_mask(rows["row"], made.rows.height), str(code), limit)
        made = made.refuse(str(field), fault)
    return made


def _without_repeats(made: Batch) -> Batch:
    """Refuse rows that share an id: all where they differ, all but the first where they agree."""
    ids = made.rows["id"]
    shared = ids.is_duplicated() & ids.is_not_null()
    if not shared.any():
        return made
    place = pl.concat_str(FILE, LINE, separator=":").alias("place")
    rows = pl.concat([made.rows, made.places.select(place)], how="horizontal").with_row_index(AT)
    facts = rows.filter(shared).select(
        AT,
        is_first=pl.col("id").is_first_distinct(),
        agree=(pl.struct(made.rows.columns).n_unique() == 1).over("id"),
        first=pl.col("place").first().over("id"),
        second=pl.col("place").shift(-1).first().over("id"),
    )
    wrong = facts.filter(~(pl.col("agree") & pl.col("is_first")))
    other = wrong.select(AT, other=pl.when("is_first").then("second").otherwise("first"))
    others = rows.select(AT).join(other, on=AT, how="left", maintain_order="left")["other"]
    return made.refuse("id", Fault(others.is_not_null(), "repeated", others))

"""References of an import's rows: to rows that came along, to rows the store has, or to none."""

from collections.abc import Callable

import polars as pl

from data.importing.batches import Batch
from data.importing.values import Fault
from data.records import BY_TABLE, Deal, DealLine, Record
from data.references import Reference, references

Batches = dict[str, Batch]  # by name of the record
Unknown = Callable[[type[Record], pl.Series], pl.Series]  # those ids the store has no row for


def refuse_unknown(batches: Batches, unknown: Unknown) -> Batches:
    """The batches with references to nothing refused, or emptied where the mapping allows it.

    A row that came along counts even if it is refused: the cause is told there, once.
    """
    return {name: _pointing_somewhere(batch, batches, unknown) for name, batch in batches.items()}


def refuse_dependants(batches: Batches, unknown: Unknown) -> Batches:
    """The batches without rows that cannot stand when the refused ones stay out.

    That is a row whose reference is refused and not in the store either, and what depends
    on it in turn; and an order of which a line is refused, since its sums would be wrong.
    """
    while True:
        before = sum(batch.refused.sum() for batch in batches.values())
        gone = {name: _gone(batch, unknown) for name, batch in batches.items()}
        torn = _deals_of_refused_lines(batches)
        batches = {name: _standing(batch, gone, torn) for name, batch in batches.items()}
        if sum(batch.refused.sum() for batch in batches.values()) == before:
            return batches


def _holds(reference: Reference) -> pl.Expr:
    if reference.when is None:
        return pl.lit(True)
    field, value = reference.when
    return pl.col(field) == value


def _pointing_somewhere(batch: Batch, batches: Batches, unknown: Unknown) -> Batch:
    for reference in references(batch.record):
        if reference.field not in batch.rows.columns:
            continue
        asked = batch.rows.filter(_holds(reference))[reference.field].drop_nulls().unique()
        if came := batches.get(reference.to.__name__):
            asked = asked.filter(~asked.is_in(came.rows["id"].implode()))
        everywhere = pl.Series([True]).new_from_index(0, batch.rows.height)
        lost = unknown(reference.to, asked)
        batch = _struck(batch, reference, lost, "unknown_reference", everywhere)
    return batch


def _struck(
    batch: Batch, reference: Reference, lost: pl.Series, code: str, among: pl.Series
) -> Batch:
    """The batch with references to the lost ids refused or emptied, among these rows."""
    if lost.is_empty():
        return batch
    points = pl.col(reference.field).is_in(lost.implode()) & _holds(reference)
    rows = batch.rows.select(points.fill_null(False)).to_series() & among
    soft = batch.may_be_empty(reference.field)
    batch = batch.empty(reference.field, Fault(rows & soft, f"{code}_emptied"))
    return batch.refuse(reference.field, Fault(rows & ~soft, code))


def _gone(batch: Batch, unknown: Unknown) -> pl.Series:
    """Ids of refused rows that neither an accepted row nor the store has."""
    refused = batch.rows["id"].filter(batch.refused).drop_nulls().unique()
    if refused.is_empty() or batch.record not in HOLDERS:
        return refused.clear()
    return unknown(batch.record, refused.filter(~refused.is_in(batch.accepted()["id"].implode())))


def _standing(batch: Batch, gone: dict[str, pl.Series], torn: pl.Series) -> Batch:
    for reference in references(batch.record):
        lost = gone.get(reference.to.__name__)
        if lost is not None and reference.field in batch.rows.columns:
            batch = _struck(batch, reference, lost, "refers_to_refused", ~batch.refused)
    field = {DealLine: "deal_id", Deal: "id"}.get(batch.record)
    if field is None or torn.is_empty():
        return batch
    rows = batch.rows[field].is_in(torn.implode()).fill_null(False) & ~batch.refused
    return batch.refuse(field, Fault(rows, "line_refused"))


def _deals_of_refused_lines(batches: Batches) -> pl.Series:
    lines = batches.get(DealLine.__name__)
    if lines is None:
        return pl.Series(dtype=pl.String)
    return lines.rows["deal_id"].filter(lines.refused).drop_nulls().unique()


HOLDERS: dict[type[Record], tuple[type[Record], str]] = {  # record -> some field that refers to it
    BY_TABLE[field.about.refers]: (record, field.name)
    for record in BY_TABLE.values()
    for field in record.fields()
    if field.about.refers
}

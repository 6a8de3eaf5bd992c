"""What an import brings of customers that were merged away: it goes to those that were kept."""

import polars as pl

from data.columns import as_text, schema
from data.compare import EDITS
from data.merges import HOLDERS, MERGED
from data.records import Customer, Record
from data.writer import Transaction

SAME = pl.Schema({"id": pl.String(), "kept_id": pl.String()})  # incoming id -> stored customer
_KEPT = f"SELECT id, {MERGED} AS kept_id FROM customers WHERE {MERGED} IS NOT NULL"


def redirected(work: Transaction, record: type[Record], incoming: pl.DataFrame) -> pl.DataFrame:
    """The rows with kept customers in place of merged ones.

    A customer's own row takes the kept one's id, unless that came along itself or had one
    before: what it says was weighed when the two were merged.
    """
    field = "id" if record is Customer else HOLDERS.get(record)
    if field is None or field not in incoming.columns:
        return incoming
    kept = work.frame(_KEPT).cast(SAME)
    names = incoming.columns
    rows = incoming.join(
        kept.rename({"id": field}), on=field, how="left", maintain_order="left"
    ).with_columns(pl.coalesce("kept_id", field).alias(field), is_own=pl.col("kept_id").is_null())
    if record is Customer:
        rows = rows.sort(~pl.col("is_own"), maintain_order=True).unique(
            "id", keep="first", maintain_order=True
        )
    return rows.select(names)


def edits(work: Transaction, known: pl.DataFrame) -> pl.DataFrame:
    """Hand edits (EDITS) of customers, with those that merges stand for.

    Where the kept customer has another value than the merged one, somebody chose it: it stays
    until the source says something new.
    """
    gone = work.frame(f"SELECT * FROM customers WHERE {MERGED} IS NOT NULL ORDER BY updated_at, id")
    fields = [name for name in schema(Customer) if name not in ("id", MERGED)]
    chosen = (
        gone.with_columns(as_text(name) for name in fields)
        .unpivot(on=fields, index=MERGED, variable_name="field", value_name="imported")
        .rename({MERGED: "id"})
        .unique(["id", "field"], keep="last", maintain_order=True)
        .select(list(EDITS))
        .cast(EDITS)
    )
    return pl.concat([known, chosen.join(known, on=["id", "field"], how="anti")])


def marked(work: Transaction, incoming: pl.DataFrame, same: pl.DataFrame) -> pl.DataFrame:
    """The new customers that a person says are stored ones, as the rows that mark them."""
    stored = work.frame("SELECT id FROM customers")
    known = same.cast(SAME).filter(pl.col("kept_id").is_in(stored["id"].implode()))
    return (
        incoming.join(known, on="id", maintain_order="left")
        .join(stored, on="id", how="anti", maintain_order="left")
        .rename({"kept_id": MERGED})
    )


def filled(work: Transaction, marks: pl.DataFrame) -> pl.DataFrame:
    """The stored customers of the marks with what they leave open filled from them."""
    names = [name for name in marks.columns if name not in ("id", MERGED)]
    stored = work.frame(f"SELECT id, {', '.join(names)} FROM customers")
    said = marks.unique(MERGED, keep="first", maintain_order=True).drop("id")
    both = stored.join(said, left_on="id", right_on=MERGED, suffix=":said")
    open_ = pl.any_horizontal(
        pl.col(name).is_null() & pl.col(f"{name}:said").is_not_null() for name in names
    )
    return both.filter(open_).select(
        "id", *(pl.coalesce(name, f"{name}:said").alias(name) for name in names)
    )

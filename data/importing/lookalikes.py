"""New customers of an import that look like stored ones: found, and decided, before they get in."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from data.duplicates import finding
from data.importing import choice_file
from data.importing.errors import ConflictFileError, Problem
from data.importing.files import LINE
from data.importing.references import Batches
from data.merged import SAME
from data.records import Contact, Customer

LOOKALIKES = pl.Schema(
    {
        "id": pl.String(),  # of the new customer
        "name": pl.String(),
        "stored_id": pl.String(),
        "stored_name": pl.String(),
        "owner": pl.String(),  # name of the rep whose the stored one is
        "level": pl.String(),  # finding.LEVELS
        "reasons": pl.List(pl.String()),  # finding.REASONS
    }
)
CHOICES = pl.Schema({"id": pl.String(), "stored_id": pl.String(), "choice": pl.String()})
WORDS = {"same": "same", "new": "new", "同一客户": "same", "新客户": "new"}


def lookalikes(
    batches: Batches,
    parties: Callable[[], pl.DataFrame],
    unknown: Callable[[pl.Series], pl.Series],
) -> pl.DataFrame:
    """LOOKALIKES of the rows that may be stored, the surest first.

    `parties` is `Store.parties`, asked only where there are new customers; `unknown` gives
    those of some ids that the store does not have.
    """
    new = _new(batches, unknown)
    stored = parties() if new.height else new
    if stored.is_empty():
        return pl.DataFrame(schema=LOOKALIKES)
    asked = _parties(new, batches)
    found = finding.between(
        finding.prepared(asked), finding.prepared(stored.select(list(finding.PARTIES)))
    )
    facts = stored.select(right_id="id", stored_name="name", owner="owner")
    named = found.join(asked.select(left_id="id", name="name"), on="left_id", maintain_order="left")
    told = named.join(facts, on="right_id", maintain_order="left")
    return told.rename({"left_id": "id", "right_id": "stored_id"}).select(list(LOOKALIKES))


def _new(batches: Batches, unknown: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
    """The customers that the store does not have yet."""
    batch = batches.get(Customer.__name__)
    if batch is None:
        return pl.DataFrame()
    accepted = batch.accepted()
    return accepted.filter(pl.col("id").is_in(unknown(accepted["id"]).implode()))


def _parties(customers: pl.DataFrame, batches: Batches) -> pl.DataFrame:
    """The customers as finding.PARTIES, with the telephone numbers of contacts that came along."""
    rows = customers.select(
        pl.col(name) if name in customers.columns else pl.lit(None, kind).alias(name)
        for name, kind in finding.PARTIES.items()
        if name != "phones"
    )
    people = batches.get(Contact.__name__)
    has_phones = people is not None and {"customer_id", "phone"} <= set(people.rows.columns)
    phones = (
        people.rows.select(id="customer_id", phones="phone")
        if people is not None and has_phones
        else pl.DataFrame(schema={"id": pl.String, "phones": pl.String})
    )
    listed = phones.drop_nulls().group_by("id").agg("phones")
    return rows.join(listed, on="id", how="left", maintain_order="left").with_columns(
        pl.col("phones").fill_null([])
    )


def undecided(found: pl.DataFrame, choices: pl.DataFrame | None) -> pl.DataFrame:
    """Those LOOKALIKES that no choice (CHOICES) answers; one that is the same answers the rest."""
    if choices is None:
        return found
    settled = choices.filter(pl.col("choice") == "same")["id"]
    return found.join(choices, on=["id", "stored_id"], how="anti", maintain_order="left").filter(
        ~pl.col("id").is_in(settled.implode())
    )


def same(choices: pl.DataFrame | None) -> pl.DataFrame | None:
    """The chosen pairs of one customer (`data.merged.SAME`); of several the first counts."""
    if choices is None:
        return None
    chosen = choices.filter(pl.col("choice") == "same")
    once = chosen.unique("id", keep="first", maintain_order=True)
    return once.select("id", kept_id="stored_id").cast(SAME)


def proposal() -> pl.Expr:
    """What is chosen unless a person says otherwise: the same where that is certain, once."""
    is_first = pl.col("id").is_first_distinct() & (pl.col("level") == "certain")
    return pl.when(is_first).then(pl.lit("same")).otherwise(pl.lit("new"))


def write(path: Path, found: pl.DataFrame, words: Mapping[str, str]) -> None:
    """Write LOOKALIKES as CSV, `choice` filled with `same` where it is certain, else `new`.

    `words` has those of every level and reason.
    """
    choice_file.write(
        path,
        found.with_columns(
            pl.col("level").replace(dict(words)),
            pl.col("reasons").list.eval(pl.element().replace(dict(words))).list.join("; "),
            choice=proposal(),
        ),
    )


def choices(path: Path) -> pl.DataFrame:
    """What the person chose (CHOICES); a row without a choice stays undecided.

    Raises:
        ConflictFileError: it cannot be read, a choice is no choice, or one customer would be
            two stored ones.
    """
    said = choice_file.chosen(path, list(CHOICES)[:2], WORDS)
    twice = said.filter(pl.col("choice") == "same").filter(~pl.col("id").is_first_distinct())
    if twice.height:
        found = [
            Problem(f"{path.name}:{line}", "same_twice", {"value": id})
            for line, id in twice.select(LINE, "id").iter_rows()
        ]
        raise ConflictFileError(path.name, found)
    return said.select(list(CHOICES)).cast(CHOICES)

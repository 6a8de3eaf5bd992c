"""Pairs of customers that may be one: which, why, both beside each other, and the decision."""

import polars as pl
import streamlit as st
from streamlit.column_config import TextColumn

from data.records import Customer
from pages.ui import alike, cache, layout, listing, session, tables
from pages.ui import format as fmt
from pages.ui.screens import merging
from pages.ui.session import t

_SHOWN = ("left", "right", "level", "reasons", "owner")
_HEIGHT = 300  # pixels of a longer list, which scrolls
_LOW = 7  # rows drawn in full
_CHOSEN = "duplicates.chosen"


def draw() -> None:
    """How many there are, the list, and the chosen pair; at first the surest."""
    found = cache.suspects()
    layout.answer(_answer(found))
    if found.is_empty():
        with layout.empty("done_all", t("duplicates.none"), t("duplicates.none_why")):
            pass
        return
    pairs = found.head(listing.MOST)
    chosen = _list(_named(pairs), found.height)
    left_id, right_id = pairs.row(chosen)[:2]
    rows = cache.rows(Customer, ids=[left_id, right_id])
    if rows.height == 2:  # neither has gone since the list was made
        merging.draw(pairs.row(chosen, named=True), *_both(rows, left_id))


def _answer(found: pl.DataFrame) -> str:
    certain = found.filter(pl.col("level") == "certain").height
    return t("duplicates.answer", count=fmt.count(found.height), certain=fmt.count(certain))


def _named(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with both names, and whose they are."""
    names = cache.names("customers", session.language())
    owners = cache.frame("customers").select("customer_id", pl.col("owner_rep_id").cast(pl.String))
    reps = cache.names("reps", session.language()).select(owner_rep_id="id", owner="name")
    owned = owners.join(reps, on="owner_rep_id", how="left").select("customer_id", "owner")
    told = pairs
    for side in ("left", "right"):
        named = names.select(pl.col("id").alias(f"{side}_id"), pl.col("name").alias(side))
        theirs = owned.rename({"customer_id": f"{side}_id", "owner": f"{side}_owner"})
        told = told.join(named, on=f"{side}_id", how="left", maintain_order="left")
        told = told.join(theirs, on=f"{side}_id", how="left", maintain_order="left")
    both = pl.concat_list("left_owner", "right_owner").list.drop_nulls()
    whose = both.list.unique(maintain_order=True).list.join(t("common.sep"))
    owner = pl.when(whose != "").then(whose)
    return alike.in_words(told.with_columns(owner=owner)).select(_SHOWN)


def _list(shown: pl.DataFrame, count: int) -> int:
    """Draw the pairs; the position of the ticked one, or the first."""
    if count > shown.height:
        st.caption(t("forms.first_of", shown=shown.height, count=count))
    event = st.dataframe(
        shown,
        hide_index=True,
        height="content" if shown.height <= _LOW else _HEIGHT,
        column_config={name: TextColumn(t(f"duplicates.head_{name}")) for name in _SHOWN},
        key=f"{_CHOSEN}-{tables.identity(shown)}",
        on_select="rerun",
        selection_mode="single-row",
        placeholder=fmt.UNKNOWN,
        alt=t("duplicates.list_alt"),
    )
    ticked = event["selection"]["rows"]
    return int(ticked[0]) if ticked else 0


def _both(rows: pl.DataFrame, left_id: str) -> tuple[dict[str, object], dict[str, object]]:
    one, other = rows.to_dicts()
    return (one, other) if one["id"] == left_id else (other, one)

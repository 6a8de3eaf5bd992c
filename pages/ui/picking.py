"""Choosing one customer of many: the rep's own first, a search when there are too many."""

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.records import Customer, Visit
from pages.ui import cache, fields, listing, session
from pages.ui.fields import Ask
from pages.ui.session import t

MOST = 1000  # a longer list is slow to send on every run: search instead


def customer(
    key: str, rep_id: str | None, *, value: str | None = None
) -> tuple[str | None, DeltaGenerator]:
    """Draw the choice of a customer; returns its id and the place for its problem."""
    with st.container(gap="xsmall"):
        choices = _choices(key, rep_id, value)
        ask = Ask(
            field=fields.named(Visit, "customer_id"),
            key=key,
            table="visits",
            value=value,
            label=Customer.WORDS(session.language()),
            options=choices,
            is_required=True,
        )
        chosen = fields.draw(ask)
        return (str(chosen) if chosen else None), st.container()


def _choices(key: str, rep_id: str | None, value: str | None) -> dict[str, str]:
    names = cache.names("customers", session.language())
    own = cache.frame("customers").filter(pl.col("owner_rep_id") == (rep_id or ""))["customer_id"]
    is_own = pl.col("id").is_in(own.implode())
    if names.height > MOST:
        asked = st.text_input(
            t("forms.find_customer"),
            key=f"{key}.find",
            placeholder=t("forms.find_customer_hint"),
            live=True,
        )
        shown = listing.searched(names, asked, ["name"]) if asked else names.filter(is_own)
        kept = names.filter(pl.col("id").is_in([i for i in (value, session.recall(key)) if i]))
        names = pl.concat([shown.head(MOST), kept]).unique("id", maintain_order=True)
    first = pl.concat([names.filter(is_own), names.filter(~is_own)])
    return dict(first.iter_rows())

"""The ways from a row to the deal, customer, rep or visit that it is about."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from pages.ui import cache, menu, session
from pages.ui import format as fmt
from pages.ui.session import t

# Subject -> the screen that shows one, and its icon. A column of the same name names it.
SUBJECTS = {
    "deal": ("deals", "request_quote"),
    "customer": ("customer", "domain"),
    "rep": ("rep", "person"),
    "visit": ("visits", "pin_drop"),
}
_MOST = 24  # characters of a name in a link


def links(row: Mapping[str, Any] | None, subjects: Sequence[str]) -> None:
    """Links to the subjects of a ticked row; without one, how to get them.

    A row names a subject by its id, e.g. `deal_id`; one it does not know has no link.
    """
    subjects = [name for name in subjects if cache.rights().may_open(SUBJECTS[name][0])]
    if not subjects:
        return
    if row is None:
        known = t("common.sep").join(t(f"opening.{subject}") for subject in subjects)
        st.caption(t("opening.hint", subjects=known))
        return
    with st.container(horizontal=True, gap="small"):
        for subject in subjects:
            if row[f"{subject}_id"] is not None:
                _link(subject, row)


def rep_of(rows: pl.DataFrame, rep_id: str | None) -> None:
    """A link to the rep whose mark in a chart was clicked; without one, how to get it."""
    if rep_id is None:
        st.caption(t("opening.click_rep"))
        return
    links(rows.row(by_predicate=pl.col("rep_id").cast(pl.String) == rep_id, named=True), ("rep",))


def _link(subject: str, row: Mapping[str, Any]) -> None:
    screen, icon = SUBJECTS[subject]
    menu.link(
        screen,
        label=_label(t(f"opening.open_{subject}"), row.get(subject)),
        icon=f":material/{icon}:",
        query_params=_address(subject, str(row[f"{subject}_id"])),
    )


def _address(subject: str, id: str) -> dict[str, list[str]]:
    if subject == "rep":  # the filter row of that screen chooses
        return session.address(session.filters().choosing("rep", (id,)))
    return {"lang": [session.language()], subject: [id]}


def _label(words: str, name: object) -> str:
    """打开商机：XX项目; the words alone where the name is not known."""
    if name is None:
        return words
    short = str(name) if len(str(name)) <= _MOST else f"{str(name)[: _MOST - 1]}…"
    return t("opening.link", words=words, name=fmt.escaped(short))

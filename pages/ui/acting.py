"""Whom an entry is for: the person themself, or the rep within reach whom they choose."""

import polars as pl
import streamlit as st

from pages.ui import cache, fields, layout, menu, session
from pages.ui.session import t

_CHOICE = "acting.choice"  # the widget's key
_KEPT = "acting.rep"  # over screens
_ADDRESS = "for"


def rep() -> str | None:
    """Draw the choice of the rep to file for and return it; None when there are no reps.

    Who can file for nobody else has no choice.
    """
    own, reps = session.current_person().rep_id, active()
    if not reps:
        return None
    if list(reps) == [own]:
        return own
    kept = session.recall(_KEPT) or session.in_address(_ADDRESS)
    first = own if own in reps else next(iter(reps))
    chosen = kept if kept in reps else first
    session.keep(_CHOICE, chosen)
    session.keep(_KEPT, chosen)
    session.put_in_address(_ADDRESS, chosen)
    st.selectbox(
        t("forms.rep"),
        list(reps),
        format_func=lambda rep_id: reps.get(rep_id, rep_id),
        key=_CHOICE,
        on_change=lambda: session.keep(_KEPT, session.recall(_CHOICE)),
        filter_mode="contains",
        width=260,
    )
    return chosen


def one_or_all(key: str) -> str | None:
    """Draw a filter of the active reps within reach; None is all of them, or the only one."""
    reps, everybody = active(), t("forms.all_reps")
    if len(reps) < 2:
        return None
    return st.selectbox(
        t("forms.rep"),
        [None, *reps],
        format_func=lambda rep: reps[rep] if rep else everybody,
        key=key,
        label_visibility="collapsed",
        filter_mode="contains",
        width=200,
    )


def active() -> dict[str, str]:
    """Id -> name of everybody within reach who has not left, those who sell first."""
    here = cache.frame("reps").filter(pl.col("status") != "left")
    sellers = here.filter(pl.col("role") == "rep")["rep_id"].cast(pl.String).to_list()
    others = here.filter(pl.col("role") != "rep")["rep_id"].cast(pl.String).to_list()
    names = fields.reachable("reps")
    order = [rep_id for rep_id in names if rep_id in sellers]
    return {rep_id: names[rep_id] for rep_id in (*order, *(i for i in names if i in others))}


def nobody() -> None:
    """The empty state of a department without reps."""
    with layout.empty("group_add", t("forms.no_reps"), t("forms.no_reps_why")):
        menu.link(
            "department",
            label=t("forms.add_reps"),
            icon=":material/person_add:",
        )

"""Two customers beside each other: which stays, whose values count, and the decision."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from data.errors import YejiError
from data.records import Contact, Customer, Field
from pages.ui import alike, cache, fields, filing, forms, layout, session
from pages.ui import format as fmt
from pages.ui.screens import merges
from pages.ui.session import t

Row = dict[str, Any]
_KEY = "duplicates"
_MINE, _THEIRS = "kept", "gone"
_COUNTED = ("contacts", "deals", "visits")


def draw(pair: Mapping[str, Any], left: Row, right: Row) -> None:
    """The pair with why, the choices, and the buttons."""
    why = alike.why(pair["level"], pair["reasons"])
    with layout.section(t("duplicates.pair"), why):
        held = {str(row["id"]): _held(str(row["id"])) for row in (left, right)}
        kept, gone = _which_stays(left, right, held)
        take = _values(kept, gone)
        moved = _counts(held[str(gone["id"])])
        name = fmt.escaped(str(kept["name"]))
        st.caption(fmt.literal(t("duplicates.what", name=name, counts=moved)))
        with st.container(horizontal=True):
            st.button(
                t("duplicates.merge"),
                key=f"{_KEY}.merge",
                type="primary",
                icon=":material/join_inner:",
                on_click=_merge,
                args=(kept, gone, take),
            )
            st.button(
                t("duplicates.distinct"),
                key=f"{_KEY}.distinct",
                icon=":material/call_split:",
                on_click=_distinguish,
                args=(left, right),
            )


def _held(customer_id: str) -> dict[str, int]:
    """How many contacts, deals and visits a customer has."""
    is_theirs = pl.col("customer_id") == customer_id
    return {
        "contacts": cache.rows(Contact, match={"customer_id": customer_id}).height,
        "deals": cache.frame("deals").filter(is_theirs).height,
        "visits": cache.frame("visits").filter(is_theirs).height,
    }


def _counts(held: Mapping[str, int]) -> str:
    said = (t(f"duplicates.{name}", count=fmt.count(held[name])) for name in _COUNTED)
    return t("common.sep").join(said)


def _which_stays(left: Row, right: Row, held: Mapping[str, Mapping[str, int]]) -> tuple[Row, Row]:
    """Draw the choice of the customer that stays; at first the one with more behind it."""
    rows = {str(row["id"]): row for row in (left, right)}
    fuller = max(rows, key=lambda id: (sum(held[id].values()), str(rows[id]["created_on"] or "")))
    names = {
        id: f"{fmt.escaped(str(row['name']))} · {_counts(held[id])}" for id, row in rows.items()
    }
    kept_id = st.radio(
        t("duplicates.stays"),
        list(rows),
        index=list(rows).index(fuller),
        format_func=names.__getitem__,
        key=f"{_KEY}.stays.{left['id']}.{right['id']}",
    )
    [gone] = [row for id, row in rows.items() if id != kept_id]
    return rows[kept_id], gone


def _values(kept: Row, gone: Row) -> tuple[str, ...]:
    """Draw both values of each field that differs; those whose value comes from the other one."""
    asked = [field for field in Customer.fields() if field.about.in_form]
    differing = [field for field in asked if kept[field.name] != gone[field.name]]
    if not differing:
        st.caption(t("duplicates.equal"))
        return ()
    st.markdown(f"**{t('duplicates.differ')}**")
    with st.grid(2, min_column_width=260, gap="small"):
        chosen = {field.name: _value(field, kept, gone) for field in differing}
    same = [f.about.words(session.language()) for f in asked if f not in differing]
    st.caption(t("duplicates.same_fields", fields=t("common.sep").join(same)))
    return tuple(name for name, whose in chosen.items() if whose == _THEIRS)


def _value(field: Field, kept: Row, gone: Row) -> str:
    """Draw one field's two values; an empty one gives way."""
    values = {_MINE: _said(field, kept), _THEIRS: _said(field, gone)}
    return st.radio(
        field.about.words(session.language()),
        list(values),
        index=int(kept[field.name] is None),
        format_func=values.__getitem__,
        key=f"{_KEY}.value.{kept['id']}.{gone['id']}.{field.name}",
    )


def _said(field: Field, row: Row) -> str:
    value = row[field.name]
    if value is None:
        return t("duplicates.blank")
    offered = field.about.offers
    said = offered[value](session.language()) if value in offered else fields.shown(field, value)
    return fmt.escaped(said)


def _merge(kept: Row, gone: Row, take: tuple[str, ...]) -> None:
    seen = kept["updated_at"], gone["updated_at"]
    form_id = forms.form_id(f"{_KEY}.merge")
    try:
        filing.merge_customers(str(kept["id"]), str(gone["id"]), take, form_id, seen)
    except YejiError as error:
        merges.fail(error, Customer)
        return
    session.forget(f"{_KEY}.merge.form")
    names = {"kept": fmt.escaped(str(kept["name"])), "gone": fmt.escaped(str(gone["name"]))}
    merges.say(t("duplicates.merged", **names), undo=form_id)


def _distinguish(left: Row, right: Row) -> None:
    pair = str(left["id"]), str(right["id"])
    try:
        filing.distinguish(*pair, forms.new_id())
    except YejiError as error:
        merges.fail(error, Customer)
        return
    names = {"left": fmt.escaped(str(left["name"])), "right": fmt.escaped(str(right["name"]))}
    merges.say(t("duplicates.distinguished", **names), ask_again=pair)

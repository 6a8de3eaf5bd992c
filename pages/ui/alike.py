"""Customers that may be one: in words, and asked about before one is saved a second time."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

import polars as pl
import streamlit as st

from data.errors import LooksAlikeError
from pages.ui import cache, forms, i18n, layout, session
from pages.ui import format as fmt
from pages.ui.session import t

Values = Mapping[str, object]
_TELLING = ("name", "tax_number")  # what is compared again when it changes
_MOST = 5  # candidates shown


class _Asked(NamedTuple):
    """The candidates a person was shown, and for which form and values."""

    form_id: str
    values: tuple[object, ...]
    found: pl.DataFrame


def in_words(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with level and reasons as a person reads them; nobody's have no owner."""
    words = i18n.section(session.language(), "alike")
    reasons = pl.col("reasons").list.eval(pl.element().replace(words)).list.join(t("common.sep"))
    return pairs.with_columns(
        pl.col("level").replace(words), reasons, pl.col("owner").fill_null(words["no_owner"])
    )


def why(level: str, reasons: Iterable[str]) -> str:
    """How sure a pair is, and why."""
    said = t("common.sep").join(t(f"alike.{reason}") for reason in reasons)
    return t("alike.why", level=t(f"alike.{level}"), reasons=said)


def demand(key: str, values: Values, before: Values | None = None) -> None:
    """Refuse a customer that looks like a stored one, unless the person has said it is another.

    `before` is the customer as it was, if it is stored already: only a changed name or tax
    number is compared.

    Raises:
        LooksAlikeError: `offer` shows the candidates.
    """
    told = tuple(values.get(name) for name in _TELLING)
    if before is not None and told == tuple(before[name] for name in _TELLING):
        return
    if session.recall(f"{key}.sure") == (forms.form_id(key), told):
        return
    own_id = before["id"] if before else forms.form_id(key)  # which a retry finds stored
    found = cache.lookalikes(values, str(own_id))
    session.keep(f"{key}.alike", _Asked(forms.form_id(key), told, found))
    if found.height:
        raise LooksAlikeError


def offer(key: str, address: str) -> None:
    """The candidates of a refused form: open one of them, or save all the same."""
    asked: _Asked | None = session.recall(f"{key}.alike")
    if asked is None or asked.form_id != forms.form_id(key) or asked.found.is_empty():
        return
    with layout.section(t("alike.title"), t("alike.title_why")):
        for number, row in enumerate(asked.found.head(_MOST).iter_rows(named=True)):
            _candidate(row, f"{key}.alike.{number}", address)
        st.button(
            t("alike.save_anyway"),
            key=f"{key}.anyway",
            icon=":material/save:",
            on_click=_save_anyway,
            args=(key, asked),
        )


def _candidate(row: Mapping[str, str], key: str, address: str) -> None:
    owner = fmt.escaped(row["owner"] or t("alike.no_owner"))
    reasons = why(row["level"], row["reasons"])
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            if row["id"] is None:
                st.markdown(
                    t("alike.beyond" if row["owner"] else "alike.beyond_nobody", owner=owner)
                )
            else:
                place = t("common.sep").join(fmt.escaped(v) for v in (row["region"],) if v)
                facts = t("alike.of", owner=owner) + (f" · {place}" if place else "")
                st.markdown(f"**{fmt.escaped(row['name'])}** · {facts}")
            st.caption(reasons)
        if row["id"] is not None:
            st.button(
                t("alike.open"),
                key=key,
                icon=":material/open_in_new:",
                on_click=partial(session.put_in_address, address, row["id"]),
            )


def _save_anyway(key: str, asked: _Asked) -> None:
    session.keep(f"{key}.sure", (asked.form_id, asked.values))
    session.forget(f"{key}.alike")
    forms.send_again(key)

"""Saved filters: the filter row under a name, for the person alone or for everyone."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from data.errors import YejiError
from pages.ui import cache, codes, filing, forms, i18n, session
from pages.ui import format as fmt
from pages.ui.session import Filters, t

_KEY = "saved"
_LONGEST = 60  # characters of a name
Row = Mapping[str, Any]


def popover() -> None:
    """Draw the button that opens the saved filters."""
    with st.popover(t("saved.title"), icon=":material/bookmark:"):
        rows = cache.saved_filters().to_dicts()
        if not rows:
            st.caption(t("saved.none"))
        for row in rows:
            _row(row)
        _form()
        if problem := session.recall(f"{_KEY}.problem"):
            st.caption(f":orange[{problem}]")


def text_of(chosen: Filters) -> str:
    """The filters as they stand in an address."""
    return urlencode(session.of_filters(chosen), doseq=True)


def parsed(text: str) -> Filters:
    """The filters that `text_of` wrote."""
    return session.parsed(parse_qs(text, keep_blank_values=True))


def _row(row: Row) -> None:
    """One saved filter: a click sets it, its owner can take it back."""
    name = fmt.escaped(row["name"])
    if not row["is_own"]:
        owner = codes.word(session.language(), "reviewed_by", row["owner"])
        name = t("saved.of", name=name, owner=fmt.escaped(owner))
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.button(
            name,
            key=f"{_KEY}.use.{row['id']}",
            type="tertiary",
            icon=":material/group:" if row["audience"] == "shared" else ":material/person:",
            on_click=session.keep_filters,
            args=(parsed(row["query"]),),
        )
        if row["is_own"]:
            st.button(
                t("saved.remove"),
                key=f"{_KEY}.remove.{row['id']}",
                type="tertiary",
                icon=":material/delete:",
                on_click=_remove,
                args=(row["name"],),
            )


def _form() -> None:
    st.text_input(t("saved.name"), key=f"{_KEY}.name", max_chars=_LONGEST, help=t("saved.again"))
    st.checkbox(t("saved.shared"), key=f"{_KEY}.shared")
    st.button(t("saved.save"), key=f"{_KEY}.save", icon=":material/save:", on_click=_save)


def _save() -> None:
    name, query = session.recall(f"{_KEY}.name", "").strip(), text_of(session.filters())
    if not name:
        session.keep(f"{_KEY}.problem", t("saved.unnamed"))
        return
    is_shared = bool(session.recall(f"{_KEY}.shared"))
    if _file(partial(filing.save_filter, name, query, is_shared=is_shared)):
        session.keep(f"{_KEY}.name", "")
        session.keep(f"{_KEY}.shared", False)


def _remove(name: str) -> None:
    _file(partial(filing.remove_filter, name))


def _file(write: Callable[..., object]) -> bool:
    """Write once, however often the button was pressed; whether it is stored."""
    session.forget(f"{_KEY}.problem")
    try:
        write(form_id=forms.form_id(_KEY))
    except YejiError as error:
        session.keep(f"{_KEY}.problem", i18n.sentence(session.language(), error))
        return False
    session.forget(f"{_KEY}.form")
    return True

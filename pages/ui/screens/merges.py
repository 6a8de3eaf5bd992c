"""The merges so far and the way back from each; what was decided last, with its own way back."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from data.errors import RefusedError, YejiError
from data.records import Customer, Record
from pages.ui import cache, filing, forms, i18n, layout, session
from pages.ui import format as fmt
from pages.ui.session import t

_FAILED, _LAST = "duplicates.failed", "duplicates.last"
_MOST = 50  # merges listed


def said() -> None:
    """What was decided last, with a button that takes it back; or why it was refused."""
    if failed := session.recall(_FAILED):
        st.error(failed, icon=":material/error:")
        session.forget(_FAILED)
    if last := session.recall(_LAST):
        sentence, take_back = last
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(sentence, icon=":material/check_circle:")
            if take_back:
                st.button(
                    t("duplicates.undo"),
                    key="duplicates.undo_last",
                    icon=":material/undo:",
                    on_click=take_back,
                )


def say(
    sentence: str, *, undo: str | None = None, ask_again: tuple[str, str] | None = None
) -> None:
    """Say what was decided, and offer the way back: of a merge by its id, or of a pair."""
    take_back = partial(_undo, undo) if undo else None
    if ask_again:
        take_back = partial(_ask_again, ask_again)
    session.keep(_LAST, (sentence, take_back))


def fail(error: YejiError, record: type[Record]) -> None:
    """Say why a decision was refused."""
    session.keep(_FAILED, _sentence(error, record))
    session.forget(_LAST)


def draw() -> None:
    """Every merge with when, who and what; those that stand can be taken back."""
    rows = cache.merges().head(_MOST)
    if rows.is_empty():
        with layout.empty("history", t("duplicates.no_merges"), t("duplicates.no_merges_why")):
            pass
    for row in rows.iter_rows(named=True):
        title = t("duplicates.one", gone=fmt.escaped(row["gone"]), kept=fmt.escaped(row["kept"]))
        with layout.section(title, _facts(row)):
            if row["undone_by"] is None:
                st.button(
                    t("duplicates.undo"),
                    key=f"duplicates.undo.{row['id']}",
                    icon=":material/undo:",
                    on_click=_undo,
                    args=(row["id"],),
                )


def _facts(row: Mapping[str, Any]) -> str:
    moment = fmt.moment(cache.local(row["merged_at"]), session.language())
    said = t("duplicates.merged_by", moment=moment, person=fmt.escaped(cache.who(row["merged_by"])))
    if row["undone_by"] is None:
        return said
    return f"{said} · {t('duplicates.undone_by', person=fmt.escaped(cache.who(row['undone_by'])))}"


def _undo(merge_id: str) -> None:
    try:
        filing.undo_merge(merge_id, forms.new_id())
    except YejiError as error:
        fail(error, Customer)
    else:
        say(t("duplicates.undone"))


def _ask_again(pair: tuple[str, str]) -> None:
    try:
        filing.distinguish(*pair, forms.new_id(), ask_again=True)
    except YejiError as error:
        fail(error, Customer)
    else:
        say(t("duplicates.asked_again"))


def _sentence(error: YejiError, record: type[Record]) -> str:
    """Why it was refused; of several problems each with its field."""
    if not isinstance(error, RefusedError):
        return i18n.sentence(session.language(), error)
    names = {field.name: field.about.words(session.language()) for field in record.fields()}
    return " ".join(
        f"{names[row['field']]}: {forms.problem_words(row)}"
        if row["field"] in names
        else forms.problem_words(row)
        for row in error.problems.to_dicts()
    )

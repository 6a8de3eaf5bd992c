"""The imports so far, and taking one of them back."""

import polars as pl
import streamlit as st
from streamlit.column_config import TextColumn

from data.errors import YejiError
from data.records import RECORDS
from data.undoing import Undoing
from pages.ui import bulk, cache, forms, i18n, import_words, layout, session, uploading
from pages.ui import format as fmt
from pages.ui.session import t

_FAILED = "importing.failed"
_SHOWN = 100  # rows in the way that are listed
_NAMED = ("reps", "customers", "deals")  # tables whose rows have names


def draw() -> None:
    """Every import with when, who, what, and its undo."""
    if failed := session.recall(_FAILED):
        st.error(failed)
        session.forget(_FAILED)
    rows = bulk.imports()
    if rows.is_empty():
        with layout.empty("upload_file", t("importing.none"), t("importing.none_why")):
            pass
        return
    for row in rows.iter_rows(named=True):
        with layout.section(_title(row)):
            st.caption(_facts(row))
            if row["can_undo"]:
                offer_undo(row["number"])


def _title(row: dict[str, object]) -> str:
    return t("importing.one", number=row["number"], source=fmt.escaped(str(row["source"])))


def _facts(row: dict[str, object]) -> str:
    language = session.language()
    facts = [
        fmt.moment(cache.local(row["imported_at"]), language),  # type: ignore[arg-type]
        _who(row["person"]),
        import_words.brought(str(row["counts"]), language),
    ]
    if row["undone_at"] is not None:
        moment = fmt.moment(cache.local(row["undone_at"]), language)  # type: ignore[arg-type]
        facts.append(t("importing.undone_by", moment=moment, person=_who(row["undone_by"])))
    elif not row["can_undo"]:
        facts.append(t("importing.too_old"))
    return " · ".join(facts)


def _who(person: object) -> str:
    return fmt.escaped(cache.teller(session.language()).person(str(person)))


def offer_undo(number: int) -> None:
    """The button that asks, says what would happen, and takes the import back."""
    if st.button(t("importing.undo"), key=f"importing.undo.{number}", icon=":material/undo:"):
        _ask(number)


def _ask(number: int) -> None:
    @st.dialog(t("importing.undo_ask", number=number), icon=":material/undo:", width="medium")
    def ask() -> None:
        try:
            found = bulk.undoing(number)
        except YejiError as error:
            st.error(i18n.sentence(session.language(), error))
            return
        if found.blocks.is_empty():
            _say_what(found)
        else:
            _say_why_not(found)
        with st.container(horizontal=True):
            is_sure = found.blocks.is_empty() and st.button(
                t("importing.undo_yes"),
                key="importing.undo_yes",
                type="primary",
                on_click=_undo,
                args=(number,),
            )
            if st.button(t("common.cancel"), key="importing.undo_no") or is_sure:
                st.rerun()  # closes the dialog

    ask()


def _say_what(found: Undoing) -> None:
    st.write(t("importing.undo_what"))
    for record, counts in import_words.taken_back(found, session.language()):
        st.markdown(f"- {record}: {counts}")
    if found.replaced_demo:
        st.info(t("importing.undo_demo"), icon=":material/science:")


def _say_why_not(found: Undoing) -> None:
    st.warning(t("importing.undo_not", count=fmt.count(found.blocks.height)))
    language = session.language()
    known = _names(language)
    rows = [
        {
            "record": RECORDS[block["record"]].WORDS(language),
            "name": known.get(block["id"], block["id"]),
            "reason": import_words.block(
                block | {"other_id": known.get(block["other_id"], block["other_id"])}, language
            ),
        }
        for block in found.blocks.head(_SHOWN).iter_rows(named=True)
    ]
    st.dataframe(
        pl.DataFrame(rows),
        hide_index=True,
        column_config={
            "record": TextColumn(t("importing.conflict_record")),
            "name": TextColumn(t("importing.block_name")),
            "reason": TextColumn(t("importing.block_reason"), width="large"),
        },
        alt=t("importing.undo_not_alt"),
    )
    st.caption(t("importing.undo_how"))


def _names(language: str) -> dict[str, str]:
    every = pl.concat([cache.names(table, language) for table in _NAMED])
    return dict(zip(every["id"], every["name"], strict=True))


def _undo(number: int) -> None:
    try:
        bulk.undo(number)
    except YejiError as error:
        session.keep(_FAILED, i18n.sentence(session.language(), error))
    else:
        uploading.forget()
        forms.say(uploading.KEY, t("importing.undone", number=number))

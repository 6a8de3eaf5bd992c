"""The backup screen: the last backup, one more now, the schedule, open files, the way back."""

from datetime import time
from typing import Literal

import polars as pl
import streamlit as st
from streamlit.column_config import TextColumn
from streamlit.elements.lib.column_types import ColumnConfig

from data import policy
from data.archive import Archive
from data.errors import RefusedError, YejiError
from pages.ui import archives, backup_words, cache, downloads, filing, forms, i18n, layout, session
from pages.ui import format as fmt
from pages.ui.archives import Ready, State
from pages.ui.session import t

_SAID = "backup"
_READY = "backup.ready"
_COUNTS = ("backup_daily", "backup_weekly", "backup_monthly")
_MOST = {"backup_daily": 366, "backup_weekly": 520, "backup_monthly": 600}


def last() -> None:
    """The last backup and the next, or why there is none; the button that makes one."""
    state = archives.state()
    layout.answer(_answer(state))
    if state.failure:
        moment = fmt.moment(cache.local(state.failure.at.replace(tzinfo=None)), session.language())
        why = i18n.sentence(session.language(), state.failure.error)
        st.error(t("backup.failed", moment=moment, why=fmt.escaped(why)), icon=":material/error:")
    st.caption(_next(state))
    if state.shares_disk:
        st.warning(t("backup.shares_disk"), icon=":material/warning:")
    if st.button(t("backup.now"), key="backup.now", type="primary", icon=":material/backup:"):
        _back_up()


def _answer(state: State) -> str:
    if not state.made:
        return t("backup.answer_none")
    newest = state.made[0].manifest
    return t("backup.answer", moment=_moment(state.made[0]), size=fmt.size(newest.size))


def _next(state: State) -> str:
    if state.next_due:
        due = cache.local(state.next_due.replace(tzinfo=None))
        return t("backup.next", moment=fmt.moment(due, session.language()))
    return t("backup.next_demo" if cache.settings().is_demo else "backup.next_off")


def _moment(made: Archive) -> str:
    local = cache.local(made.manifest.made_at.replace(tzinfo=None))
    return fmt.moment(local, session.language())


def _back_up() -> None:
    try:
        with st.spinner(t("backup.making"), show_time=True):
            made = archives.back_up()
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error), icon=":material/error:")
    else:
        size = fmt.size(made.manifest.size)
        forms.say(_SAID, t("backup.made", size=size, name=fmt.escaped(made.name)))
        st.rerun()


def listed() -> None:
    """Every backup of this store."""
    state = archives.state()
    with layout.section(
        t("backup.list"), t("backup.list_why", folder=fmt.escaped(str(state.folder)))
    ):
        if not state.made:
            st.caption(t("backup.none"))
            return
        language = session.language()
        rows = {
            "moment": [_moment(backup) for backup in state.made],
            "size": [fmt.size(backup.manifest.size) for backup in state.made],
            "rows": [fmt.count(sum(backup.manifest.rows.values())) for backup in state.made],
            "reason": [backup_words.reason(backup, language) for backup in state.made],
            "name": [backup.name for backup in state.made],
        }
        st.dataframe(
            pl.DataFrame(rows),
            hide_index=True,
            column_config={name: _column(name) for name in rows},
            key="backup.rows",
            alt=t("backup.list"),
        )


def _column(name: str) -> ColumnConfig:
    alignment: Literal["left", "right"] = "right" if name in ("size", "rows") else "left"
    return TextColumn(t(f"backup.column_{name}"), alignment=alignment)


def settings() -> None:
    """When backups make themselves, and how many are kept."""
    known = cache.settings()
    with (
        layout.section(t("backup.schedule"), t("backup.schedule_why")),
        st.form("backup.settings", border=False),
    ):
        changes: dict[str, object] = {
            "backup_on": st.toggle(t("backup.backup_on"), known.backup_on, key="backup.on")
        }
        places = st.columns(1 + len(_COUNTS), gap="small")
        at = places[0].time_input(
            t("backup.backup_at"), time.fromisoformat(known.backup_at), key="backup.at"
        )
        changes["backup_at"] = at.strftime("%H:%M")
        for name, place in zip(_COUNTS, places[1:], strict=True):
            changes[name] = place.number_input(
                t(f"backup.{name}"),
                1 if name == "backup_daily" else 0,
                _MOST[name],
                getattr(known, name),
                key=f"backup.{name}",
            )
        is_sent = st.form_submit_button(t("backup.save"), icon=":material/save:", key="backup.save")
        if is_sent:
            _save(changes)


def _save(changes: dict[str, object]) -> None:
    try:
        filing.save_settings(changes)
    except RefusedError as error:
        for problem in error.problems.to_dicts():
            st.markdown(forms.error_words(forms.problem_words(problem)))
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error), icon=":material/error:")
    else:
        forms.say(_SAID, t("backup.saved"))
        st.rerun()


def open_files() -> None:
    """The whole department as a download, for those who may have all of it."""
    if not policy.rights(session.current_person().role).may("export"):
        return
    with layout.section(t("backup.export"), t("backup.export_why")):
        ready: Ready | None = session.recall(_READY)
        if ready is None:
            if st.button(
                t("backup.export_make"), key="backup.export", icon=":material/folder_zip:"
            ):
                _export()
            return
        st.link_button(
            t("backup.export_fetch", name=ready.name, size=fmt.size(ready.size)),
            ready.address,
            type="primary",
            icon=":material/download:",
        )
        st.caption(t("backup.export_once", minutes=downloads.MINUTES))
        st.button(
            t("backup.export_again"),
            key="backup.export_again",
            type="tertiary",
            on_click=session.forget,
            args=(_READY,),
        )


def _export() -> None:
    try:
        with st.spinner(t("backup.exporting"), show_time=True):
            session.keep(_READY, archives.export())
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error), icon=":material/error:")
    else:
        st.rerun()


def restoring() -> None:
    """What the way back needs."""
    state = archives.state()
    source = state.made[0].path if state.made else state.folder / "yeji-2026-11-27T190000Z"
    with layout.section(t("backup.restore"), t("backup.restore_why")):
        st.code(f".venv/bin/python cli.py restore '{source}'", language="sh", wrap_lines=True)
        st.caption(t("backup.key", path=fmt.escaped(str(archives.key_path()))))

"""One's own account: the places one is signed in at, and the password."""

from datetime import timedelta

import polars as pl
import streamlit as st

from data import passwords, sessions
from data.errors import YejiError
from data.sessions import Session
from pages.ui import cache, doors, forms, i18n, layout, session, tables
from pages.ui.session import t

_COLUMNS = ("browser", "place", "started_at", "seen_at")
_WIDTHS = {"browser": 150, "place": 150, "started_at": 140, "seen_at": 140}


def places() -> None:
    """Where the person is signed in, and the ways to end that."""
    person = session.current_person()
    found = cache.access().sessions(person.id)
    hours, days = int(sessions.IDLE / timedelta(hours=1)), sessions.LONGEST.days
    why = t("account_screen.places_why", hours=hours, days=days)
    with layout.section(t("account_screen.places"), why):
        rows = _rows(found)
        look = cache.look(session.language())
        tables.table(
            rows,
            _COLUMNS,
            look,
            key="account.places",
            alt=t("account_screen.places"),
            widths=_WIDTHS,
        )
        with st.container(horizontal=True):
            doors.sign_out()
            st.button(
                t("account_screen.elsewhere"),
                key="account.elsewhere",
                icon=":material/devices:",
                disabled=len(found) < 2,
                on_click=_sign_out_elsewhere,
            )


def _rows(found: list[Session]) -> pl.DataFrame:
    """A row for each place: whether it is this browser, its address, since when, last used."""
    here = session.token_hash()
    names = {True: t("account_screen.this"), False: t("account_screen.other")}
    rows = [(names[s.token_hash == here], s.place, s.started_at, s.seen_at) for s in found]
    moment = pl.Datetime("us")
    types = (pl.String, pl.String, moment, moment)
    return pl.DataFrame(rows, schema=dict(zip(_COLUMNS, types, strict=True)), orient="row")


def _sign_out_elsewhere() -> None:
    person = session.current_person()
    cache.access().sign_out_everywhere(person.id, session.actor(), but=session.token())
    forms.say("account", t("account_screen.elsewhere_done"))


def password() -> None:
    """The form that changes the password."""
    if not cache.access().has_password(session.current_person().id):
        return
    rule = t("signin.rule", shortest=passwords.SHORTEST)
    with (
        layout.section(t("account_screen.password"), rule),
        st.form("account.password", border=False, clear_on_submit=False),
    ):
        present = _asked("present", "current-password")
        wanted = _asked("wanted", "new-password")
        again = _asked("again", "new-password")
        place = st.container()
        is_sent = st.form_submit_button(
            t("account_screen.change"), type="primary", icon=":material/key:", key="account.change"
        )
    if is_sent:
        problem = _changed(present, wanted, again)
        if problem is None:
            session.forget("account.present", "account.wanted", "account.again")
            forms.say("account", t("account_screen.changed"))
            st.rerun()
        place.markdown(forms.error_words(problem))


def _asked(name: str, autocomplete: str) -> str:
    return st.text_input(
        t(f"account_screen.{name}"),
        type="password",
        key=f"account.{name}",
        autocomplete=autocomplete,
        width=360,
    )


def _changed(present: str, wanted: str, again: str) -> str | None:
    """What is wrong with the entries; None when the password is changed."""
    if wanted != again:
        return t("signin.differ")
    token = session.token()
    try:
        cache.access().change_password(token or "", present, wanted, session.place())
    except YejiError as error:
        return i18n.sentence(session.language(), error)
    return None

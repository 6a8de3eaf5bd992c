"""Who may sign in: everybody with their account, one-time links, closing and opening again."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from data import accounts
from data.errors import YejiError
from data.records import ROLES
from pages.ui import cache, forms, i18n, layout, links, listing, session, tables, users
from pages.ui import format as fmt
from pages.ui.entrance import company
from pages.ui.session import t

_LINK, _FAILED = "people.link", "people.failed"  # what the last click gave, for one run
_HEIGHT = 520  # pixels of a long list, which scrolls
_WIDTHS = {"name": 96, "role": 118, "team": 70, "login": 96, "account": 92, "seen_at": 100}
_CAN_INVITE = ("none", "lapsed", "invited", "open")


def register() -> None:
    """The list of people; beside it what can be done about the ticked one, and a new one."""
    left, right = st.columns([1.6, 1], gap="small")
    with left, layout.section(t("people.list"), t("people.list_why")):
        row = _ticked()
    with right:
        _answer()
        if row:
            with layout.section(fmt.escaped(row["name"])):
                _person(row)
        with layout.section(t("people.new"), t("people.new_why")):
            _new()


def _ticked() -> dict[str, Any] | None:
    rows = cache.admission().everybody(session.actor())
    asked = listing.search("people.search", t("people.search"))
    rows = listing.searched(rows, asked, ("name", "login", "team"))
    if rows.is_empty():
        st.caption(t("forms.none_found"))
        return None
    ticked = tables.table(
        users.listed(rows, session.language()),
        users.LISTED,
        cache.look(session.language()),
        key="people.rows",
        alt=t("people.list"),
        widths=_WIDTHS,
        selects=True,
        height=_HEIGHT,
    )
    return None if ticked is None else rows.row(ticked, named=True)


def _answer() -> None:
    """The link that was just made, this once, or why something could not be done."""
    if failed := session.recall(_FAILED):
        st.error(failed, icon=":material/error:")
    if made := session.recall(_LINK):
        heading = t("people.link", name=fmt.escaped(made["name"]))
        with layout.section(heading, t("people.link_why", days=accounts.LINK_DAYS)):
            st.code(made["link"], language=None, wrap_lines=True)
            st.caption(t("people.link_login", login=fmt.escaped(made["login"])))
    session.forget(_LINK, _FAILED)


def _person(row: dict[str, Any]) -> None:
    """What can be done about one person."""
    id, state = row["id"], row["state"]
    st.caption(f"{_role(row['role'])} · {t(f'account.{state}')}")
    if state == "left":
        st.caption(t("people.left_why"))
        return
    _email(row)
    if state == "none":
        st.text_input(t("signin.login"), row["name"].replace(" ", "."), key=f"people.login.{id}")
    with st.container(horizontal=True):
        if state in _CAN_INVITE:
            st.button(
                t("people.reset" if state == "open" else "people.invite"),
                key=f"people.invite.{id}",
                type="primary",
                icon=":material/link:",
                on_click=_do,
                args=(lambda: _invite(id, session.recall(f"people.login.{id}", row["login"])),),
            )
        if state == "closed":
            _button("reopen", "lock_open", id)
        elif state != "none":
            _button("close", "block", id)
            _button("everywhere", "devices", id)


def _email(row: dict[str, Any]) -> None:
    """The e-mail of the company account, where there is a provider of such accounts."""
    if not company.is_configured():
        return
    key = f"people.email.{row['id']}"

    def save() -> None:
        email = (session.recall(key) or "").strip() or None
        _do(
            lambda: cache.admission().set_email(row["id"], email, session.actor()),
            said="people.email_done",
        )

    st.text_input(t("people.email"), row["email"] or "", key=key, max_chars=254, on_change=save)


def _button(verb: str, icon: str, id: str) -> None:
    done: dict[str, Callable[[], None]] = {
        "close": lambda: cache.admission().close(id, session.actor()),
        "reopen": lambda: cache.admission().reopen(id, session.actor()),
        "everywhere": lambda: cache.access().sign_out_everywhere(id, session.actor()),
    }
    st.button(
        t(f"people.{verb}"),
        key=f"people.{verb}.{id}",
        icon=f":material/{icon}:",
        on_click=partial(_do, done[verb], said=f"people.{verb}_done"),
    )


def _do(work: Callable[[], None], said: str | None = None) -> None:
    """Carry out a click; what went wrong is shown where the link would be."""
    session.forget(_LINK, _FAILED)
    try:
        work()
    except YejiError as error:
        session.keep(_FAILED, i18n.sentence(session.language(), error))
    else:
        if said:
            forms.say("people", t(said))


def _invite(id: str, login: str | None) -> None:
    token = cache.admission().invite(id, login, session.actor())
    guest = cache.admission().guest(token)
    link = links.link(session.origin(), links.JOIN, token)
    session.keep(_LINK, {"link": link, **guest._asdict()})


def _new() -> None:
    """The form of an account for somebody who is not in the department's list."""
    with st.form("people.new", border=False, clear_on_submit=False):
        name = st.text_input(f"{t('signin.name')} *", key="people.new.name", max_chars=100)
        roles = {role: _role(role) for role in ROLES}
        role = st.selectbox(
            t("people.role"),
            list(roles),
            format_func=lambda code: roles[code],
            key="people.new.role",
        )
        login = st.text_input(f"{t('signin.login')} *", key="people.new.login", max_chars=64)
        is_sent = st.form_submit_button(
            t("people.add"), icon=":material/person_add:", key="people.add"
        )
    if is_sent:
        _do(lambda: _invite(cache.admission().add(name, role, login, session.actor()), login))
        if not session.recall(_FAILED):
            session.forget("people.new.name", "people.new.login")
        st.rerun()


def _role(role: str) -> str:
    return ROLES[role](session.language())

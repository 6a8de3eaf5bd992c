"""The filters of the audit screen, which the address holds: period, person, action, record."""

from datetime import date, timedelta

import streamlit as st

from data.actions import ACTIONS, SUBJECTS
from data.audit_log import Asked, AuditLog
from pages.ui import cache, session
from pages.ui.audit_words import Teller
from pages.ui.session import t

_ALL = "*"  # as an option: None would show Streamlit's own English placeholder
_CHOICES = ("who", "did", "about")
NAMES = ("since", "last", *_CHOICES, "id")  # in the address
_DAY = timedelta(days=1)


def asked() -> Asked:
    """What the address asks for."""
    given = {name: session.in_address(name) for name in NAMES}
    people, actions, records = ((v,) if (v := given[n]) else () for n in _CHOICES)
    last = _day(given["last"])
    wanted = Asked(people=people, actions=actions, records=records, id=given["id"])
    zone = cache.settings().zone
    return wanted.during(_day(given["since"]), last + _DAY if last else None, zone)


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day and session.EARLIEST <= day <= session.LATEST else None


def bar(log: AuditLog, teller: Teller) -> None:
    """Draw the filter row."""
    people = {id: teller.person(id) for id in log.people()}
    language = session.language()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name in ("since", "last"):
            session.keep(f"audit.{name}", _day(session.in_address(name)))
            st.date_input(
                t(f"audit.{name}"),
                key=f"audit.{name}",
                min_value=session.EARLIEST,
                max_value=session.LATEST,
                format="YYYY-MM-DD",
                on_change=_changed,
                args=(name,),
                width=130,
            )
        _choice("who", dict(sorted(people.items(), key=lambda pair: pair[1])))
        _choice("did", {name: words(language) for name, words in ACTIONS.items()})
        _choice("about", {name: words(language) for name, words in SUBJECTS.items()})
        session.keep("audit.id", session.in_address("id"))
        st.text_input(
            t("audit.id"),
            key="audit.id",
            placeholder=t("audit.id_hint"),
            on_change=_changed,
            args=("id",),
            width=200,
        )
        if any(session.in_address(name) for name in NAMES):
            st.button(t("audit.clear"), key="audit.clear", type="tertiary", on_click=clear)


def _choice(name: str, options: dict[str, str]) -> None:
    chosen = session.in_address(name) or _ALL
    offered = {_ALL: t(f"audit.all_{name}"), **options}
    offered.setdefault(chosen, chosen)
    session.keep(f"audit.{name}", chosen)
    st.selectbox(
        t(f"audit.{name}"),
        list(offered),
        format_func=offered.__getitem__,
        key=f"audit.{name}",
        on_change=_changed,
        args=(name,),
        filter_mode="contains",
        width=170,
    )


def _changed(name: str) -> None:
    value = session.recall(f"audit.{name}")
    text = value.strip() if isinstance(value, str) else value and value.isoformat()
    session.put_in_address(name, None if text in (_ALL, "") else text)
    session.put_in_address("page", None)


def clear() -> None:
    """Ask for everything, from the first page on."""
    for name in (*NAMES, "page"):
        session.put_in_address(name, None)

"""The frame around every screen: menu, person, language, and who may open which."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from data.policy import Rights
from data.records import ROLES
from pages.ui import cache, doors, i18n, layout, session
from pages.ui import format as fmt
from pages.ui.session import t

_IMAGES = Path(__file__).parent / "images"

# Section -> address -> icon. The file is <address>_page.py: Streamlit also serves a page under
# its file's name, so an address must never be one.
MENU = {
    "leadership": {
        "overview": "space_dashboard",
        "conversion": "filter_alt",
        "margin": "percent",
        "reps": "leaderboard",
        "rep": "person_search",
        "visit-analysis": "where_to_vote",
        "customer-analysis": "domain",
        "customer": "apartment",
        "quarter": "calendar_view_month",
        "forecast": "trending_up",
        "weekly-reports": "rate_review",
    },
    "entry": {
        "weekly-report": "edit_note",
        "visits": "pin_drop",
        "deals": "request_quote",
        "customers": "contacts",
    },
    "administration": {
        "hand-over": "move_up",
        "duplicates": "join_inner",
        "department": "tune",
        "people": "manage_accounts",
        "import": "upload_file",
        "audit": "history",
        "backup": "settings_backup_restore",
    },
}
UNLISTED = {"measures": "calculate", "account": "account_circle"}  # reached by links only


def page() -> StreamlitPage:
    """Draw the frame and return the screen that the address asks for."""
    st.set_page_config(layout="wide", initial_sidebar_state=220)
    if not session.admit():
        _signed_out()
    session.follow_language()
    pages = {t(f"nav.{section}"): _pages(pages) for section, pages in MENU.items()}
    pages[t("nav.leadership")] += _pages(UNLISTED)
    chosen = st.navigation(pages, expanded=True)
    title = f"{chosen.title} · {t('common.app')}"
    st.set_page_config(page_title=title, page_icon=str(_IMAGES / "mark.svg"))
    st.logo(str(_IMAGES / "logo.svg"), icon_image=str(_IMAGES / "mark.svg"), size="large")
    with st.sidebar:
        _language()
    if not cache.rights().may_open(chosen.url_path or home()):
        _refused()
    return chosen


def draw(screen: StreamlitPage) -> None:
    """Draw a screen; anew where that failed because the data changed while it was drawn.

    Half of it would show what was before, half what is: such figures do not go together.
    """
    try:
        screen.run()
    except Exception:
        if layout.is_outdated():
            session.rerun_unasked()
        raise


def home(rights: Rights | None = None) -> str:
    """The first screen that the rights open; the person's own by default."""
    known = rights or cache.rights()
    return next(name for names in MENU.values() for name in names if known.may_open(name))


def link(
    name: str,
    *,
    label: str,
    icon: str,
    query_params: Mapping[str, str | Iterable[str]] | None = None,
) -> None:
    """A link to the screen of an address; nothing where the person may not open it."""
    if cache.rights().may_open(name):
        st.page_link(address(name), label=label, icon=icon, query_params=query_params)


def _refused() -> NoReturn:
    """Say that the screen is not for the person's role; nothing of it runs."""
    role = ROLES[session.current_person().role](session.language())
    with layout.empty("block", t("menu.refused"), t("menu.refused_why", role=role)):
        link(home(), label=t(f"nav.{home()}"), icon=":material/arrow_forward:")
    st.stop()


def _signed_out() -> None:
    """Say that nobody is signed in any more, with the way back in; nothing else runs."""
    with layout.empty("lock", t("signin.over"), t("signin.over_why")):
        doors.sign_in()
    st.stop()


def address(name: str) -> str:
    """The page file of an address, for links between screens."""
    return f"pages/{name.replace('-', '_')}_page.py"


def _pages(pages: dict[str, str]) -> list[StreamlitPage]:
    """The screens with their icons; listed where the person may open them."""
    listed = {name for name in pages if pages is not UNLISTED and cache.rights().may_open(name)}
    return [
        st.Page(
            address(name),
            title=t(f"nav.{name}"),
            url_path=name,
            icon=f":material/{icon}:",
            default=name == home(),
            visibility="visible" if name in listed else "hidden",
        )
        for name, icon in pages.items()
    ]


def _language() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        name = fmt.escaped(session.current_person().name)
        link("account", label=name, icon=":material/account_circle:")
        doors.sign_out()
    session.keep("menu.language", session.language())
    st.segmented_control(
        t("common.language"),
        list(i18n.LANGUAGES),
        format_func=i18n.LANGUAGES.__getitem__,
        key="menu.language",
        on_change=lambda: session.set_language(session.recall("menu.language")),
        required=True,
        label_visibility="collapsed",
    )

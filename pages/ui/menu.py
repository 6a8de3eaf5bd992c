"""The frame around every screen: menu, person, language."""

from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.ui import i18n, session
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
    "administration": {"department": "tune"},
}
UNLISTED = {"measures": "calculate"}  # reached by links only


def page() -> StreamlitPage:
    """Draw the frame and return the screen that the address asks for."""
    st.set_page_config(layout="wide", initial_sidebar_state=220)
    pages = {t(f"nav.{section}"): _pages(pages) for section, pages in MENU.items()}
    pages[t("nav.leadership")] += _pages(UNLISTED, visibility="hidden")
    chosen = st.navigation(pages, expanded=True)
    title = f"{chosen.title} · {t('common.app')}"
    st.set_page_config(page_title=title, page_icon=str(_IMAGES / "mark.svg"))
    st.logo(str(_IMAGES / "logo.svg"), icon_image=str(_IMAGES / "mark.svg"), size="large")
    with st.sidebar:
        _language()
    return chosen


def address(name: str) -> str:
    """The page file of an address, for links between screens."""
    return f"pages/{name.replace('-', '_')}_page.py"


def _pages(
    pages: dict[str, str], *, visibility: Literal["visible", "hidden"] = "visible"
) -> list[StreamlitPage]:
    return [
        st.Page(
            address(name),
            title=t(f"nav.{name}"),
            url_path=name,
            icon=f":material/{icon}:",
            default=name == "overview",
            visibility=visibility,
        )
        for name, icon in pages.items()
    ]


def _language() -> None:
    st.caption(f":material/account_circle: {session.current_person().name}")
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

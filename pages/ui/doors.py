"""The ways out of a screen, to the pages before the gate: same tab, no JavaScript of ours."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from pages.ui import session
from pages.ui.session import t

_BUTTON = (
    "display:inline-block;padding:.25rem .75rem;font:inherit;font-size:.875rem;line-height:1.6;"
    "color:inherit;background:transparent;text-decoration:none;cursor:pointer;border-radius:6px;"
    "border:1px solid color-mix(in srgb,currentColor 22%,transparent)"
)


def sign_in() -> None:
    """The link to the sign-in page, which leads back here."""
    query = urlencode({"next": session.here(), "lang": session.language()})
    words = escape(t("signin.title"))
    st.html(f'<a href="/signin?{escape(query)}" style="{_BUTTON}">{words}</a>', width="content")


def sign_out() -> None:
    """The button that ends this session and leads to the sign-in page."""
    words = escape(t("signin.sign_out"))
    st.html(
        '<form method="post" action="/signout" style="margin:0">'
        f'<button style="{_BUTTON}">{words}</button></form>',
        width="content",
    )

"""The sections of one screen: a switch that the address keeps."""

from collections.abc import Sequence

import streamlit as st

from pages.ui import session
from pages.ui.session import t


def chosen(screen: str, names: Sequence[str]) -> str:
    """Draw the switch and return the section that is on: the one in the address, else the first.

    `locale/<screen>` has the words of each section and of "section".
    """
    asked, key = session.in_address("section"), f"{screen}.section"
    session.start(key, asked if asked in names else names[0])
    words = session.words(screen, names)
    section = st.segmented_control(
        t(key),
        names,
        format_func=words.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    assert section  # one is always chosen
    session.put_in_address("section", section)
    return section

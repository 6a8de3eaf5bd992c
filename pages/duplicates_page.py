"""Duplicates: which customers are one, and which merges can be taken back?"""

import streamlit as st

from pages.ui import layout, session
from pages.ui.screens import merges, suspects
from pages.ui.session import t

SECTIONS = ("suspects", "merges")

session.write_language()
layout.header(t("duplicates.title"))
asked = session.in_address("section")
session.start("duplicates.section", asked if asked in SECTIONS else SECTIONS[0])
words = session.words("duplicates", SECTIONS)
chosen = st.segmented_control(
    t("duplicates.section"),
    SECTIONS,
    format_func=words.__getitem__,
    key="duplicates.section",
    required=True,
    label_visibility="collapsed",
)
session.put_in_address("section", chosen)
merges.said()
if chosen == "merges":
    merges.draw()
else:
    suspects.draw()

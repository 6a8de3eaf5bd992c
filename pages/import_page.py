"""Import: which files of another system come in, and what did earlier imports bring?"""

import streamlit as st

from pages.ui import forms, layout, session, uploading
from pages.ui.screens import import_check, import_columns, import_done, import_files, imports
from pages.ui.session import t

STEPS = {
    "files": import_files.draw,
    "columns": import_columns.draw,
    "check": import_check.draw,
    "done": import_done.draw,
}
SECTIONS = ("new", "past")

session.write_language()
layout.header(t("importing.title"))
asked = session.in_address("section")
session.start("importing.section", asked if asked in SECTIONS else SECTIONS[0])
words = session.words("importing", SECTIONS)
chosen = st.segmented_control(
    t("importing.section"),
    SECTIONS,
    format_func=words.__getitem__,
    key="importing.section",
    required=True,
    label_visibility="collapsed",
)
session.put_in_address("section", chosen)
forms.said(uploading.KEY)
if chosen == "past":
    imports.draw()
else:
    draft = uploading.current()
    STEPS[draft.step if draft else "files"](draft)

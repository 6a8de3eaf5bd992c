"""Department data: how is the department set up?"""

import streamlit as st

from pages.ui import cache, forms, layout, session
from pages.ui.screens import registers, settings
from pages.ui.session import t

SECTIONS = {
    "settings": settings.form,
    "stages": registers.stages,
    "reps": registers.people,
    "targets": registers.targets,
}

session.write_language()
layout.header(t("department.title"))
forms.said("department")
settings.demo()

offered = [name for name in SECTIONS if name != "targets" or cache.reads("targets")]
asked = session.in_address("section")
session.start("department.section", asked if asked in offered else "settings")
words = {section: t(f"department.{section}") for section in offered}
chosen = st.segmented_control(
    t("department.section"),
    offered,
    format_func=lambda section: words[section],
    key="department.section",
    required=True,
    label_visibility="collapsed",
)
assert chosen  # one is always chosen
session.put_in_address("section", chosen)
SECTIONS[chosen]()

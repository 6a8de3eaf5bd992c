"""Measures: how is each figure computed, and what does it not say?"""

from pages.ui import layout, session
from pages.ui.screens import measures
from pages.ui.session import t

session.write_language()
layout.header(t("measures.title"))
measures.sections()

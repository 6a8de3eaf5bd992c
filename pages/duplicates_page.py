"""Duplicates: which customers are one, and which merges can be taken back?"""

from pages.ui import layout, sections, session
from pages.ui.screens import merges, suspects
from pages.ui.session import t

SECTIONS = ("suspects", "merges")

session.write_language()
layout.header(t("duplicates.title"))
chosen = sections.chosen("duplicates", SECTIONS)
merges.said()
if chosen == "merges":
    merges.draw()
else:
    suspects.draw()

"""Audit: who changed what, and when?"""

from pages.ui import layout, session
from pages.ui.screens import audit
from pages.ui.session import t

session.write_language()
layout.header(t("audit.title"))
audit.answer()
audit.state()
audit.entries()

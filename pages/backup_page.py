"""Backup: could everything be restored today?"""

from pages.ui import forms, layout, session
from pages.ui.screens import backup
from pages.ui.session import t

session.write_language()
layout.header(t("backup.title"))
forms.said("backup")
backup.last()
backup.listed()
backup.settings()
backup.open_files()
backup.restoring()

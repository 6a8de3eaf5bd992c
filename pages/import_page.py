"""Import: which files of another system come in, and what did earlier imports bring?"""

from pages.ui import forms, layout, sections, session, uploading
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
chosen = sections.chosen("importing", SECTIONS)
forms.said(uploading.KEY)
if chosen == "past":
    imports.draw()
else:
    draft = uploading.current()
    STEPS[draft.step if draft else "files"](draft)

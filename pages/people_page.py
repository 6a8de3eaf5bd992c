"""People: who may sign in?"""

from pages.ui import forms, layout, session
from pages.ui.screens import people
from pages.ui.session import t

session.write_language()
layout.header(t("people.title"))
forms.said("people")
people.register()

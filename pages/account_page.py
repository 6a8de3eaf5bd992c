"""Your account: where are you signed in, and with which password?"""

from pages.ui import forms, layout, session
from pages.ui.screens import account
from pages.ui.session import t

session.write_language()
layout.header(t("account_screen.title"))
forms.said("account")
account.places()
account.password()

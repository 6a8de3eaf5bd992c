"""Deals: which of them need a push?"""

from pages.ui import acting, cache, forms, layout, session
from pages.ui.screens import deals
from pages.ui.session import t

session.write_language()
opened = session.in_address(deals.ADDRESS)

if opened is None:
    layout.header(t("deals.title"))
    deals.pipeline()
elif opened == deals.NEW and cache.rights().may("enter"):
    layout.header(t("deals.title_new"))
    forms.back(deals.ADDRESS)
    if rep_id := acting.rep():
        deals.new(rep_id)
    else:
        acting.nobody()
else:
    layout.header(t("deals.title_one"))
    forms.back(deals.ADDRESS)
    deals.one(opened)

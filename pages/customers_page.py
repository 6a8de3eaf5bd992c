"""Customers and contacts: who are our customers, and who looks after them?"""

from pages.ui import cache, layout, session
from pages.ui.screens import customers
from pages.ui.session import t

session.write_language()
opened = cache.customer_at(customers.ADDRESS)

if opened is None:
    layout.header(t("customers.title"))
    customers.archive()
elif opened == customers.NEW:
    layout.header(t("customers.title_new"))
    customers.new()
else:
    layout.header(t("customers.title_one"))
    customers.one(opened)

"""One customer: what happened so far, and what is missing?"""

import streamlit as st

from pages.ui import cache, layout, session
from pages.ui.screens import customer, customer_figures
from pages.ui.session import t

session.write_language()
layout.header(t("customer.title"), measures="customers")
look = cache.look(session.language())
opened = customer_figures.opened()

if opened is None:
    customer.choose()
else:
    layout.answer(customer_figures.sentence(opened, look))
    customer_figures.badges(opened)
    customer.links(opened)
    customer_figures.wall(opened, look)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        customer.events(opened, look)
        customer.deals(opened, look)
    with right:
        customer.contacts(opened)
        customer.facts(opened)

layout.live()

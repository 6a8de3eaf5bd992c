"""Customers: which of them carry the department, and which are slipping away?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import customer_analysis, silence
from pages.ui.session import t

layout.header(t("customer_analysis.title"), measures="customers")
query = filters.bar()
look = cache.look(session.language())

if customer_analysis.is_empty():
    customer_analysis.nothing_yet()
else:
    now = customer_analysis.standing(query)
    layout.answer(customer_analysis.sentence(query, look))
    left, right = st.columns(2, gap="small")
    with left:
        customer_analysis.spread(query, look)
    with right:
        window, segment = customer_analysis.segments(query, look)
    customer_analysis.behind(query, look, window, segment)
    left, right = st.columns([1, 1.45], gap="small")
    with left:
        group = customer_analysis.touched(query, look)
    with right:
        silence.lists(now, look)
    silence.of_group(now, look, group)

layout.live()

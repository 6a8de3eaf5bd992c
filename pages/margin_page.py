"""Margin: where does it leak, and who may approve it?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import margin
from pages.ui.session import t

layout.header(t("margin.title"), measures="margin")
query = filters.bar()
look = cache.look(session.language())
known = cache.report("margin-quantiles", query).row(0, named=True)

if not known["won_amount"]:
    margin.nothing_won()
elif known["margin_rate"] is None:
    margin.no_cost(known, look)
else:
    layout.answer(margin.sentence(query, look))
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        grain, clicked = margin.distribution(query, look)
    with right:
        margin.authority(query, look)
        margin.coverage(known, look)
    margin.of_bin(query, look, grain, clicked)
    left, right = st.columns([1, 1.45], gap="small")
    with left:
        group = margin.by_group(query, look)
    with right:
        margin.low(query, look)
    margin.of_group(query, look, group)

layout.live()

"""Margin: where does it leak, and who may approve it?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import (
    margin,
    margin_authority,
    margin_bridge,
    margin_groups,
    margin_lists,
    margin_sizes,
)
from pages.ui.session import t

layout.header(t("margin.title"), measures="margin")
query = filters.bar()
look = cache.look(session.language())
known = cache.report("margin-quantiles", query).row(0, named=True)

if not known["won_amount"]:
    margin.nothing_won()
elif known["margin_rate"] is None:
    margin.no_cost(known, look)
elif (view := margin.view()) == "authority":
    query = margin_authority.with_limits(query)
    layout.answer(margin_authority.sentence(query, look))
    margin_authority.tried(query, look)
    left, right = st.columns(2, gap="small")
    with left:
        margin_authority.approvals(query, look)
    with right:
        margin_authority.moved(query, look)
elif view == "spread":
    layout.answer(margin.sentence(query, look))
    left, right = st.columns(2, gap="small")
    with left:
        cell = margin_groups.spreads(query, look)
    with right:
        asked, square = margin_sizes.card(query, look)
    margin_groups.of_cell(query, look, cell)
    margin_sizes.of_cell(asked, look, square)
else:
    layout.answer(margin.sentence(query, look))
    left, right = st.columns([1.3, 1], gap="small")
    with left:
        grain, clicked = margin.distribution(query, look)
        margin.coverage(known, look)
    with right:
        asked, effect = margin_bridge.card(query, look)
    margin.of_bin(query, look, grain, clicked)
    margin_bridge.of_effect(asked, look, effect)
    left, right = st.columns([1, 1.45], gap="small")
    with left:
        group = margin_groups.by_group(query, look)
    with right:
        margin_lists.card(query, look)
    margin_groups.of_group(query, look, group)

layout.live()

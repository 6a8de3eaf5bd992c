"""Overview: will the period reach its target?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import behind, figures, forecast, overview
from pages.ui.session import t

layout.header(t(f"overview.title_{session.filters().period}"), measures="won")
query = filters.bar()
look = cache.look(session.language())
known = figures.compared(query, look)

if overview.is_empty(known.now):
    overview.nothing_yet()
else:
    layout.answer(overview.sentence(known, query))
    figures.wall(known, query, look, forecast.overview_card(query, look))
    behind.detail(query, look)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        month = overview.monthly(query, look)
    with right:
        stage = overview.funnel(query, look)
    overview.detail(month, stage, query, look)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        overview.leaders(query, look)
    with right:
        overview.newest_reports(look)

layout.live()

"""Overview: will the period reach its target?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import figures, overview
from pages.ui.session import t

layout.header(t(f"overview.title_{session.filters().period}"))
query = filters.bar()
look = cache.look(session.language())
now, before = cache.report("overview", query).to_dicts()

if overview.is_empty(now):
    overview.nothing_yet()
else:
    layout.answer(overview.sentence(now, before, query, look))
    figures.wall(now, before, query, look)
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

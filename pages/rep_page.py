"""One rep: how are they doing, and what needs attention?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import behind, overview, rep, rep_figures
from pages.ui.session import t

layout.header(t("rep.title"), measures="reps")
query = filters.bar()
look = cache.look(session.language())
rep_id = rep.chosen(query)

if rep_id is None:
    rep.choose(query)
else:
    layout.answer(rep.sentence(query, look))
    rep_figures.wall(query, look)
    behind.detail(query, look)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        month = rep.monthly(query, look)
    with right:
        stage = rep.steps(query, look)
    overview.detail(month, stage, query, look)
    rep.open_deals(query, look)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        rep.recent_visits(query, look)
    with right:
        rep.discipline(query, look)

layout.live()

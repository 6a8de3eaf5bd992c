"""One rep: how are they doing, and what needs attention?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import behind, overview, rep, rep_beside, rep_figures, rep_trend, rep_work
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
    left, right = st.columns(2, gap="small")
    with left:
        rep_beside.strengths(query, look)
    with right:
        rep_beside.peer(query, look)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        month = rep.monthly(query, look)
    with right:
        stage = rep.steps(query, look)
    overview.detail(month, stage, query, look)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        whose = rep_trend.curve(query, look)
    with right:
        month = rep_trend.rates(query, look)
    rep_trend.detail(whose, month, query, look)
    is_reached = rep.is_reached(query)
    if is_reached:
        left, right = st.columns([1, 1.6], gap="small")
        with left:
            age = rep_work.ages(query, look)
        with right:
            rep_work.quiet_customers(query, look)
        rep_work.open_deals(query, look, age)
    rep_work.calendar(query, look)
    if is_reached:
        left, right = st.columns([1.45, 1], gap="small")
        with left:
            rep.recent_visits(query, look)
        with right:
            rep.discipline(query, look)
    else:
        rep.rows_kept(query)

layout.live()

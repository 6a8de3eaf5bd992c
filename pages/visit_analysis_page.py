"""Visits: do they reach the right customers, and what comes with them?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import visit_analysis, visit_credit, visit_effect
from pages.ui.session import t

layout.header(t("visit_analysis.title"), measures="visits")
query = filters.bar()
look = cache.look(session.language())

if not visit_analysis.is_recorded():
    visit_analysis.nothing_yet()
else:
    layout.answer(visit_analysis.sentence(query))
    visit_analysis.caution()
    visit_analysis.wall(query, look)
    visit_analysis.detail(query, look)
    left, right = st.columns(2, gap="small")
    with left:
        segment = visit_analysis.coverage(query, look)
    with right:
        fate = visit_analysis.appointments(query, look)
    visit_analysis.of_segment(query, look, segment)
    visit_analysis.of_fate(query, look, fate)
    left, right = st.columns(2, gap="small")
    with left:
        number = visit_effect.per_deal(query, look)
    with right:
        followed = visit_effect.outcomes(query, look)
    visit_effect.of_number(query, look, number)
    visit_effect.of_followed(query, look, followed)
    left, right = st.columns([1.45, 1], gap="small")
    with left:
        hour = visit_effect.hours(query, look)
    with right:
        timed = visit_effect.minutes(query, look)
    visit_effect.of_hour(query, look, hour)
    visit_effect.of_followed(query, look, timed)
    credited = visit_credit.credit(query, look)
    visit_credit.of_credit(query, look, credited)

layout.live()

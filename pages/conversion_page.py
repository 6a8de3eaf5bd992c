"""Conversion: how do deals move to a win, and where do they drop out?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import conversion, pipeline, velocity, win_curves
from pages.ui.session import t

layout.header(t("conversion.title"), measures="conversion")
query = filters.bar()
look = cache.look(session.language())

if not conversion.is_measurable():
    conversion.nothing_yet()
else:
    layout.answer(conversion.sentence(query, look))
    left, right = st.columns(2, gap="small")
    with left:
        stage = conversion.funnel(query, look)
    with right:
        stage = conversion.steps(query, look) or stage
    curve = win_curves.curves(query, look)
    method = win_curves.naive(query, look)
    win_curves.detail(query, look, group=curve, method=method)
    left, right = st.columns(2, gap="small")
    with left:
        stay = conversion.stage_time(query, look)
        reason = conversion.lost_reasons(query, look)
    with right:
        group = conversion.win_rate(query, look)
    pipeline.stays(query, look, stay)
    conversion.detail(query, look, stage=stage, reason=reason, group=group)
    velocity.card(query, look)
    pipeline.flow(query, look)

layout.live()

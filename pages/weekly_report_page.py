"""Weekly report: what did this week bring, what comes next?"""

import streamlit as st

from pages.ui import acting, cache, layout, session
from pages.ui.screens import weekly, work_week
from pages.ui.session import t

session.write_language()
layout.header(t("weekly.title"))
look = cache.look(session.language())

with st.container(horizontal=True):
    rep_id = acting.rep()
    monday = work_week.choose("weekly.week") if rep_id else None

if rep_id is None or monday is None:
    acting.nobody()
    st.stop()

top = st.container(horizontal=True, vertical_alignment="center")
week = work_week.of(rep_id, monday)
left, right = st.columns([1.95, 1], gap="small")
with left:
    if week.status == "reviewed" and week.report:
        st.caption(t("weekly.reviewed_why"))
        weekly.read(week.report, week, look)
    else:
        weekly.act(week, weekly.ask(week, look))
with right:
    work_week.last_plan(week, look)
    work_week.remark(week)
    work_week.last_weeks(week)
with top:
    work_week.badges(work_week.of(rep_id, monday))
    st.caption(work_week.whose(week), width="content")

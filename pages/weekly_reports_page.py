"""Report review: who has filed the weekly report, and what does it say?"""

import streamlit as st

from pages.ui import cache, layout, session
from pages.ui.screens import review, work_week
from pages.ui.session import t

session.write_language()
opened = session.in_address(review.ADDRESS)
layout.header(t("weekly_reports.title_one" if opened else "weekly_reports.title"), measures="reps")
look = cache.look(session.language())

if opened:
    review.one(opened, look)
else:
    with st.container(horizontal=True):
        monday = work_week.choose("review.week")
    review.overview(monday, look)

layout.live()

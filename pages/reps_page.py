"""Reps: who performs, and how sure are we?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import reps
from pages.ui.session import t

layout.header(t("reps.title"), measures="reps")
query = reps.ranked(filters.bar())
look = cache.look(session.language())

if reps.is_empty(query):
    reps.nobody(query)
else:
    layout.answer(reps.sentence(query, look))
    rep_id = reps.ranking(query, look)
    left, right = st.columns([1.25, 1], gap="small")
    with left:
        clicked = reps.win_rates(query, look)
    with right:
        reps.card(query, look, clicked or rep_id)
    reps.rows_of(query, look, clicked or rep_id, clicked=clicked is not None)

layout.live()

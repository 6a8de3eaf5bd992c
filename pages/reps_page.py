"""Reps: who performs, and how sure are we?"""

from dataclasses import replace

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import certainty, reps, scorecard, teams
from pages.ui.session import t

layout.header(t("reps.title"), measures="reps")
query = reps.ranked(filters.bar())
look = cache.look(session.language())

if reps.is_empty(query):
    reps.nobody(query)
elif (by := teams.switch()) in teams.GROUPS:
    query = replace(query, by=by)
    layout.answer(teams.sentence(query, look))
    group = teams.ranking(query, look)
    teams.members(query, look, group)
    teams.win_rates(query, look)
else:
    layout.answer(reps.sentence(query, look))
    rep_id = reps.ranking(query, look)
    left, right = st.columns([1.25, 1], gap="small")
    with left:
        clicked = reps.win_rates(query, look)
    with right:
        reps.card(query, look, clicked or rep_id)
    reps.rows_of(query, look, clicked or rep_id, clicked=clicked is not None)
    left, right = st.columns(2, gap="small")
    with left:
        certainty.places(query, look)
    with right:
        certainty.margins(query, look)
    scorecard.card(query, look)
    scorecard.sensitivity(query, look)

layout.live()

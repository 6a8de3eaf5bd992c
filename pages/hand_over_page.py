"""Hand-over: who takes over the customers and open deals?"""

import streamlit as st

from pages.ui import layout, session
from pages.ui.screens import hand_over
from pages.ui.session import t

session.write_language()
layout.header(t("hand_over.title"))
held = hand_over.held()
layout.answer(hand_over.sentence(held))
hand_over.last()

left, right = st.columns([1, 1.45], gap="small")
with left:
    chosen = hand_over.choose(held)
with right:
    if chosen:
        hand_over.preview(chosen)

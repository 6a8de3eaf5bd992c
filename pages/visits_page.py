"""Visits: whom did you visit, and what came of it?"""

import streamlit as st

from pages.ui import acting, cache, layout, session
from pages.ui.screens import visits
from pages.ui.session import t

session.write_language()
opened = session.in_address(visits.ADDRESS)
layout.header(t("visits.title_edit" if opened else "visits.title"))

if opened:
    visits.edit(opened)
elif not (rep_id := acting.rep()):
    acting.nobody()
elif cache.frame("customers").is_empty():
    visits.no_customers()
else:
    left, right = st.columns([1.2, 1], gap="small")
    with left:
        visits.new(rep_id)
    with right:
        visits.appointments(rep_id)
        visits.recent(rep_id)

"""Quarter: how does this quarter compare with the last, and with a year ago?"""

import streamlit as st

from pages.ui import cache, filters, layout, session
from pages.ui.screens import behind, quarter, quarter_groups
from pages.ui.session import t

layout.header(t("quarter.title"), measures="quarter")
query = quarter.choose(filters.bar(timed=False))
look = cache.look(session.language())

if quarter.is_empty(query):
    quarter.nothing_yet()
else:
    st.caption(quarter.compared(query))
    layout.answer(quarter.sentence(query, look))
    quarter.wall(query, look)
    behind.detail(query, look)
    quarter.findings(query, look)
    quarter_groups.bridges(query, look)
    grouped, measure, against = quarter_groups.asked(query)
    group = quarter_groups.picture(grouped, look, measure, against)
    quarter_groups.of_group(grouped, look, measure, group)
    quarter_groups.table(grouped, look, measure)
    quarter_groups.submit(query, look)

layout.live()

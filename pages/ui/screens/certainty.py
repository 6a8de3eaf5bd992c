"""The cards that say how sure ranks and margin rates are."""

from dataclasses import replace

import streamlit as st

from analytics.query import Query
from analytics.rank_uncertainty import TOP, UNCERTAIN
from analytics.scores import RANKED_BY_LOW_END
from pages.ui import cache, layout, opening, session
from pages.ui import format as fmt
from pages.ui.charts import certainty as charts
from pages.ui.charts.figure import SMALL, Look
from pages.ui.session import t


def places(query: Query, look: Look) -> None:
    """How sure each place is; a click leads to the rep."""
    if query.rank_by not in UNCERTAIN:
        with layout.card(t("certainty.place_title")):
            st.caption(_undefined(query))
        return
    found = cache.report("rank-uncertainty", query)
    how = "how_posterior" if query.rank_by == RANKED_BY_LOW_END else "how_drawn"
    read = t("certainty.place_read", top=TOP, few=SMALL, how=t(f"certainty.{how}"))
    with layout.card(t("certainty.place_title"), read):
        known = found.drop_nulls("top_three_rate")
        if known.is_empty():
            st.caption(t("certainty.place_none"))
            return
        best = known.sort("top_three_rate", descending=True).row(0, named=True)
        rate = fmt.rate(best["top_three_rate"], 0)
        alt = t("certainty.place_alt", name=best["rep"], top=TOP, rate=rate)
        chart = cache.chart(charts.places, look, ("rank-uncertainty", query), top=TOP)
        opening.rep_of(found, layout.show(chart, "reps.places", alt, selects=True))


def _undefined(query: Query) -> str:
    words = session.words("columns", UNCERTAIN)
    names = t("common.sep").join(words.values())
    return t("certainty.place_undefined", column=t(f"columns.{query.rank_by}"), columns=names)


def margins(query: Query, look: Look) -> None:
    """Whether margins really differ; a click leads to the rep."""
    known = cache.report("rep-margins", query).drop_nulls("margin_rate")
    with layout.card(t("certainty.margin_title"), t("certainty.margin_read", few=SMALL)):
        if known.is_empty():
            st.caption(t("certainty.margin_none"))
            return
        whole = replace(query, rep=(), team=())
        chart = cache.chart(charts.margins, look, ("rep-margins", query), ("overview", whole))
        best = known.row(0, named=True)
        alt = t("certainty.margin_alt", best=best["rep"], rate=fmt.rate(best["margin_rate"]))
        opening.rep_of(known, layout.show(chart, "reps.margins", alt, selects=True))

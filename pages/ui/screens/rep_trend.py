"""How one rep's rates and wins develop beside the department's."""

from dataclasses import replace

import streamlit as st

from analytics.query import Query
from analytics.win_curves import READ_AT, WHOLE
from pages.ui import cache, filters, layout, session
from pages.ui.charts import rep as charts
from pages.ui.charts.figure import Look
from pages.ui.screens import win_curves
from pages.ui.screens.rep_figures import department, name
from pages.ui.session import t

_RATES = ("margin_rate", "win_rate")
_MISSING = {"margin_rate": "rep.rates_no_cost", "win_rate": "rep.rates_no_loss"}


def rates(query: Query, look: Look) -> None:
    """Margin or win rate by month, the department's dotted."""
    own = filters.trailing(query, 12)
    known = [name for name in _RATES if cache.report("monthly", own)[name].count()]
    with layout.card(t("rep.rates_title"), t("rep.rates_read")):
        rate = st.segmented_control(
            t("rep.rates_title"),
            _RATES,
            format_func=session.words("columns", _RATES).__getitem__,
            default=(*known, *_RATES)[0],
            key="rep.rate",
            required=True,
            label_visibility="collapsed",
        )
        if rate not in known:
            st.caption(t("rep.rates_none", reason=t(_MISSING[rate])))
            return
        pair = ("monthly", own), ("monthly", department(own))
        chart = cache.chart(charts.rates, look, *pair, rate=rate)
        alt = t("rep.rates_alt", name=name(query), rate=t(f"columns.{rate}"))
        layout.show(chart, "rep.rates", alt)


def curve(query: Query, look: Look) -> None:
    """The share of deals won by days since opening, beside the department's."""
    own = replace(win_curves.cohort(query), by=WHOLE)
    with layout.card(t("rep.curve_title"), t("rep.curve_read")):
        if not cache.report("win-curves", own)["won_by_rate"].count():
            st.caption(t("rep.curve_none"))
            return
        pair = ("win-curves", own), ("win-curves", department(own))
        chart = cache.chart(charts.curve, look, *pair, name=name(query), read_at=READ_AT)
        layout.show(chart, "rep.curve", t("rep.curve_alt", name=name(query)))

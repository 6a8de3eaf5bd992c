"""How one rep's rates and wins develop beside the department's."""

from dataclasses import replace
from datetime import date

import polars as pl
import streamlit as st

from analytics import measures, periods
from analytics.query import Query
from analytics.win_curves import READ_AT, WHOLE
from pages.ui import cache, filters, layout, rows, session
from pages.ui import format as fmt
from pages.ui.charts import rep as charts
from pages.ui.charts.figure import Look
from pages.ui.screens import win_curves
from pages.ui.screens.rep_figures import department, name
from pages.ui.session import t

_RATES = ("margin_rate", "win_rate")
_MISSING = {"margin_rate": "rep.rates_no_cost", "win_rate": "rep.rates_no_loss"}


def rates(query: Query, look: Look) -> str | None:
    """Margin or win rate by month, the department's dotted; returns the month that was clicked."""
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
            return None
        pair = ("monthly", own), ("monthly", department(own))
        chart = cache.chart(charts.rates, look, *pair, rate=rate)
        alt = t("rep.rates_alt", name=name(query), rate=t(f"columns.{rate}"))
        return layout.show(chart, "rep.rates", alt, selects=True)


def curve(query: Query, look: Look) -> str | None:
    """The share of deals won by days since opening, beside the department's.

    Returns whose curve was clicked, `charts.OWN` or the department's.
    """
    own = _cohort(query)
    with layout.card(t("rep.curve_title"), t("rep.curve_read")):
        if not cache.report("win-curves", own)["won_by_rate"].count():
            st.caption(t("rep.curve_none"))
            return None
        pair = ("win-curves", own), ("win-curves", department(own))
        chart = cache.chart(charts.curve, look, *pair, name=name(query), read_at=READ_AT)
        alt = t("rep.curve_alt", name=name(query))
        return layout.show(chart, "rep.curve", alt, selects=True)


def _cohort(query: Query) -> Query:
    return replace(win_curves.cohort(query), by=WHOLE)


def detail(whose: str | None, month: str | None, query: Query, look: Look) -> None:
    """The deals behind the curve or the month that was clicked; nothing while none is."""
    if whose is not None:
        own = _cohort(query)
        asked = own if whose == charts.OWN else department(own)
        whom = name(query) if whose == charts.OWN else t("rep.of_department")
        title, found = t("rep.curve_rows", name=whom), cache.report("funnel-deals", asked)
    elif month is not None:
        period = periods.preset("month", date.fromisoformat(month))
        is_closed = pl.col("status").is_in(["won", "lost"])
        inside = measures.within("closed_on", *period)
        found = cache.report("deals", query.over(*period)).filter(is_closed, inside)
        title = t("rep.rates_rows", month=fmt.month(period.since, look.language))
    else:
        return
    rows.deals(found, look, title=title, key="rep.trend", expanded=True)

"""The open deals with their chances, and which of them would close the gap to the target."""

import polars as pl
import streamlit as st

from analytics.query import Query
from pages.ui import cache, layout, session, tables
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.screens import forecast
from pages.ui.session import t

_COLUMNS = ("stage", "stage_days", "rep", "expected_on")
_WIDTHS = {"stage": 100, "stage_days": 108, "rep": 84}
_FEW = 12  # deals shown without scrolling
_MOST = 200  # drawn; the downloads hold all


def closing(query: Query, look: Look) -> None:
    """The open deals with their chances, those first that would close the gap."""
    deals = cache.report("forecast-deals", forecast.asked(query))
    with layout.card(t("forecast.closing_title"), t("forecast.closing_read"), height="content"):
        if deals.is_empty():
            st.caption(t("forecast.closing_none"))
            return
        period = _period()
        by = (f"{period}_rank", f"{period}_expected_amount", "deal_id")
        ranked = deals.sort(by, descending=[False, True, False], nulls_last=True)
        st.markdown(fmt.literal(_closes(ranked, forecast.row(query, period), look)))
        _table(ranked, period, look)
        name = f"forecast-deals-{session.language()}"
        tables.downloads(ranked, look, name=name, key="forecast.closing", title="Forecast deals")


def _table(ranked: pl.DataFrame, period: str, look: Look) -> None:
    rank, chance, expected, left = (
        f"{period}_{name}" for name in ("rank", "win_rate", "expected_amount", "left_amount")
    )
    columns = ("deal", "customer", "amount", chance, expected)
    closing = (rank, *columns, left)
    tables.table(
        ranked.head(_MOST),
        (*(closing if ranked[rank].count() else columns), *_COLUMNS),
        look,
        key=f"forecast.closing.{period}",
        alt=t("forecast.closing_alt"),
        bar=expected,
        widths={rank: 92, "customer": 150, chance: 108, expected: 150, left: 118, **_WIDTHS},
        opens=("deal", "customer", "rep"),
        height=460 if ranked.height > _FEW else "content",
    )
    if ranked.height > _MOST:
        st.caption(t("common.first_rows", shown=fmt.count(_MOST), all=fmt.count(ranked.height)))


def _period() -> str:
    """Month or quarter: as the other screens show, until the person chooses."""
    shown = session.filters().period
    period: str = st.segmented_control(
        t("columns.period"),
        forecast.PERIODS,
        format_func=session.words("period", forecast.PERIODS).__getitem__,
        default=shown if shown in forecast.PERIODS else forecast.PERIODS[0],
        key="forecast.period",
        required=True,
        label_visibility="collapsed",
    )
    return period


def _closes(ranked: pl.DataFrame, known: forecast.Row, look: Look) -> str:
    """How many deals close the gap, in one sentence."""
    gap, period = known["gap_amount"], known["period"]
    if gap is None:
        return t("forecast.closes_no_target", count=fmt.count(ranked.height))
    if gap <= 0:
        return t("forecast.closes_reached", amount=look.money(-gap))
    left = ranked[f"{period}_left_amount"].drop_nulls()
    key = "forecast.closes_not" if left.min() else "forecast.closes"
    return t(key, amount=look.money(gap), count=fmt.count(left.len()))

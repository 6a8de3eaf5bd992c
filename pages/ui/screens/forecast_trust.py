"""How good the forecast has been, kept on screen: the back-test beside the usual methods."""

from datetime import date

import polars as pl
import streamlit as st

from analytics import forecast_backtest, measures, periods
from analytics.measures import WON
from analytics.query import Query
from pages.ui import cache, layout, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import forecast as charts
from pages.ui.charts.figure import Look
from pages.ui.session import t

_COLUMNS = (
    "method", "error_rate", "bias_rate", "inside_rate", "brier", "months", "error_amount",
    "model_error_amount",
)  # fmt: skip


def backtest(query: Query, look: Look) -> str | None:
    """The past months forecast again, and each method's errors; returns the month clicked."""
    with layout.card(t("forecast.trust_title"), t("forecast.trust_read"), height="content"):
        with st.skeleton(height=300):
            months = cache.report("forecast-backtest", query)
        if months.is_empty():
            st.caption(t("forecast.trust_none"))
            return None
        methods = forecast_backtest.summary(months)
        st.markdown(fmt.literal(_said(methods)))
        chart = cache.chart(charts.backtest, look, ("forecast-backtest", query))
        alt = t("forecast.trust_alt", rate=fmt.rate(methods["inside_rate"][0], 0))
        month = layout.show(chart, "forecast.trust", alt, selects=True)
        _table(methods, look)
        name = f"forecast-backtest-{session.language()}"
        tables.downloads(months, look, name=name, key="forecast.trust", title="Back-test")
        return month


def _said(methods: pl.DataFrame) -> str:
    """How often the band held, which method erred least, and how good the chances were."""
    own = methods.row(0, named=True)
    inside = round(own["inside_rate"] * own["months"])
    held = t(
        "forecast.trust_held",
        inside=inside,
        months=own["months"],
        rate=fmt.rate(own["inside_rate"], 0),
    )
    rated = methods.filter(months=own["months"]).drop_nulls("error_rate").sort("error_rate")
    if rated.is_empty():
        return held + t("overview.stop")
    best = rated.row(0, named=True)
    words = {"rate": fmt.rate(best["error_rate"]), "own": fmt.rate(own["error_rate"])}
    key = "forecast.trust_best" if best["method"] == "model" else "forecast.trust_other"
    return held + t("overview.semicolon") + t(key, method=_name(best), **words) + t("overview.stop")


def _name(method: dict[str, object]) -> str:
    return t(f"method.{method['method']}")


def _table(methods: pl.DataFrame, look: Look) -> None:
    """One row a method; a Brier score needs three decimals."""
    scores = [fmt.UNKNOWN if v is None else f"{v:.3f}" for v in methods["brier_score"]]
    tables.table(
        methods.with_columns(pl.Series("brier", scores)),
        _COLUMNS,
        look,
        key="forecast.methods",
        alt=t("forecast.methods_alt"),
        widths={"method": 170, "model_error_amount": 190},
    )


def detail(query: Query, look: Look, month: str | None) -> None:
    """The deals won in the month that was clicked; nothing while none is."""
    if month is None:
        return
    period = periods.preset("month", date.fromisoformat(month))
    listed = cache.report("deals", query.over(*period))
    found = listed.filter(WON, measures.within("closed_on", *period))
    title = t("overview.rows_month", month=fmt.month(period.since, look.language))
    rows.deals(found, look, title=title, key="forecast.month", expanded=True)

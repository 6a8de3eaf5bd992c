"""The forecast's sentence and cards: where the periods end, of what, and what would close them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from analytics import measures
from analytics.measures import OPEN, WON
from analytics.query import Query
from pages.ui import cache, filters, layout, menu, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import forecast as charts
from pages.ui.charts.figure import Look
from pages.ui.layout import Change, Target
from pages.ui.screens import figures
from pages.ui.session import t

Row = Mapping[str, Any]  # one row of the report `forecast`
PERIODS = ("month", "quarter")
_UNLIKELY = 0.01  # a chance below it is not told to the percent


def asked(query: Query) -> Query:
    """The question without a period: a forecast is of the ones that hold today."""
    return replace(query, since=None, until=None, against=Query.against)


def row(query: Query, period: str, part: str = "total") -> Row:
    """One row of the report."""
    return cache.report("forecast", asked(query)).row(
        by_predicate=(pl.col("period") == period) & (pl.col("part") == part), named=True
    )


def not_measurable(query: Query) -> str | None:
    """Why nothing can be forecast; None when it can."""
    reason: str | None = row(query, "month")["not_measurable"]
    return reason


def nothing_yet(reason: str, query: Query, look: Look) -> None:
    """Why there is no forecast, and where to go instead."""
    page, icon = ("deals", ":material/add:")
    if reason == "orders":
        page, icon = "margin", ":material/percent:"
    elif reason != "deals":
        page, icon = "overview", ":material/space_dashboard:"
    with layout.empty("trending_up", t(f"forecast.no_{reason}"), t(f"forecast.no_{reason}_why")):
        if reason in ("months", "wins"):
            amount = look.money(row(query, "month", "won")["mean_amount"])
            st.caption(fmt.literal(t("forecast.so_far", amount=amount)), width="content")
        menu.link(page, label=t(f"forecast.go_{page}"), icon=icon)


def sentence(query: Query, look: Look) -> str:
    """The answer: where month and quarter end, how sure that is, how likely the target is."""
    said = [_said(row(query, name), look) for name in PERIODS]
    return t("overview.semicolon").join(said) + t("overview.stop")


def _said(known: Row, look: Look) -> str:
    words = t(
        f"forecast.answer_{known['period']}",
        amount=look.money(known["p50_amount"]),
        band=band(known, look),
    )
    if known["reach_rate"] is None:
        return words
    rate = likely(known["reach_rate"])
    return words + t("overview.comma") + t("forecast.answer_reach", rate=rate)


def band(known: Row, look: Look) -> str:
    """The 80 % interval, e.g. ¥1,650万–1,890万."""
    return "–".join(look.money(known[name]) for name in ("p10_amount", "p90_amount"))


def likely(rate: float) -> str:
    """A chance in whole percent; what is nearly certain is not called certain."""
    if 0 < rate < _UNLIKELY:
        return f"< {fmt.rate(_UNLIKELY, 0)}"
    return f"> {fmt.rate(1 - _UNLIKELY, 0)}" if 1 - _UNLIKELY < rate < 1 else fmt.rate(rate, 0)


def wall(query: Query, look: Look) -> None:
    """For each period where it ends, and how likely that reaches its target."""
    with st.grid(4, min_column_width=150, gap="small"):
        for name in PERIODS:
            end_card(query, name, look, rows=f"forecast_{name}")
            _reach_card(query, name, look)


def end_card(
    query: Query, name: str, look: Look, *, rows: str, trend: Sequence[float | None] = ()
) -> None:
    """Where a period ends: the median, its band, and how likely or how much of the target.

    With `trend`, the months up to this one, it stands by itself and says the chance.
    """
    known = row(query, name)
    target, share, fact = known["target_amount"], None, figures.no_target(query)
    if target:
        share = known["p50_amount"] / target
        of = {"target": look.money(target), "rate": fmt.rate(share)}
        fact = t("overview.target_fact", **of)
        if trend:
            fact = t("forecast.chance", rate=likely(known["reach_rate"]))
    layout.kpi(
        t(f"forecast.end_{name}"),
        figures.card_money(known["p50_amount"], look),
        Change(band(known, look), None, None),
        t("forecast.interval"),
        trend=trend,
        fact=fact,
        target=None if share is None else Target(share, figures.calendar_share(known)),
        exact=look.exact(known["p50_amount"]),
        rows=rows,
    )


def _reach_card(query: Query, name: str, look: Look) -> None:
    known, won = row(query, name), row(query, name, "won")["mean_amount"]
    gap, rate, target = known["gap_amount"], known["reach_rate"], known["target_amount"]
    if rate is None:
        layout.kpi(t(f"forecast.reach_{name}"), fmt.UNKNOWN, fact=figures.no_target(query))
        return
    change = Change(look.money(abs(gap)), gap <= 0, gap <= 0) if gap else None
    left = look.money(max(target - won, 0))
    layout.kpi(
        t(f"forecast.reach_{name}"),
        likely(rate),
        change,
        t("forecast.beyond" if gap <= 0 else "forecast.short"),
        fact=t("forecast.left", won=look.money(won), left=left),
        target=Target(won / target, figures.calendar_share(known)) if target else None,
        exact=fmt.rate(rate, 2),
    )


def overview_card(query: Query, look: Look) -> Callable[[], None] | None:
    """The card of the overview's own period; None where that is not forecast."""
    name = session.filters().period
    if name not in PERIODS or not_measurable(query):
        return None
    months = cache.report("monthly", filters.trailing(query, figures.TREND_MONTHS))
    won = (months["won_amount"] / fmt.SCALE).to_list()
    trend = [*won[:-1], row(query, "month")["p50_amount"] / fmt.SCALE]
    return partial(end_card, query, name, look, rows="open_amount", trend=trend)


def parts(query: Query, look: Look) -> tuple[str, str] | None:
    """What the periods are made of; returns the period and the part that was clicked."""
    quarter = row(query, "quarter")
    share = quarter["opened_within_rate"]
    read = t("forecast.parts_read")
    if share is not None:
        read += t("forecast.parts_share", rate=fmt.rate(share, 0))
    with layout.card(t("forecast.parts_title"), read, height="content"):
        chart = cache.chart(charts.parts, look, ("forecast", asked(query)))
        alt = t(
            "forecast.parts_alt",
            month=look.money(row(query, "month")["p50_amount"]),
            quarter=look.money(quarter["p50_amount"]),
        )
        clicked = layout.show(chart, "forecast.parts", alt, selects=True)
        name = f"forecast-{session.language()}"
        found = cache.report("forecast", asked(query))
        tables.downloads(found, look, name=name, key="forecast.parts", title="Forecast")
    if clicked is None:
        return None
    period, part = clicked.split(".")
    return period, part


def behind(query: Query, look: Look, clicked: tuple[str, str] | None) -> None:
    """The deals behind the part that was clicked, or behind the card that asks for them."""
    wanted = layout.asked_rows() or ""
    if clicked is None and wanted.startswith("forecast_"):
        clicked = wanted.removeprefix("forecast_"), "total"
    if clicked is None or clicked[0] not in PERIODS:
        return
    period, part = clicked
    if part == "new":
        st.caption(t("forecast.rows_new"))
        return
    found = _made_of(query, period, part)
    title = t(f"forecast.rows_{part}", period=t(f"period.{period}"))
    rows.deals(found, look, title=title, key=f"forecast.{period}.{part}", expanded=True)


def _made_of(query: Query, period: str, part: str) -> pl.DataFrame:
    """The deals won so far in the period, those still open, or both."""
    known = row(query, period)
    deals = cache.report("deals", query.over(known["since"], known["until"]))
    won = WON & measures.within("closed_on", known["since"], known["until"])
    return deals.filter({"won": won, "open": OPEN}.get(part, won | OPEN))

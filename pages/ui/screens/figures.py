"""The figures of a period as cards, and how a figure is compared with the one before."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from analytics import targets
from analytics.query import Query
from pages.ui import cache, filters, layout, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.layout import Change, Target
from pages.ui.session import t

Row = Mapping[str, Any]  # one period of the report `overview`
TREND_MONTHS = 9
MOST_CHANGE = 9.99  # a larger change from next to nothing is no figure to read


def against() -> str:
    """What figures are compared with, e.g. 较上月同期."""
    period = session.filters().period
    return (
        t(f"common.vs_{period}")
        if period in ("month", "quarter", "year")
        else t("common.vs_period")
    )


def against_short() -> str:
    """`against` in as few words as fit beside a figure on a phone."""
    period = session.filters().period
    known = period in ("month", "quarter", "year")
    return t(f"common.on_{period}") if known else t("common.on_period")


def no_target(query: Query) -> str:
    """Why there is no target: none is set, or it is not split by what is filtered."""
    is_split = not targets.not_split_by(query)
    return t("overview.target_none" if is_split else "overview.target_filtered")


def wall(now: Row, before: Row, query: Query, look: Look) -> None:
    """The eight figures: results first, then causes."""
    trend = cache.report("monthly", filters.trailing(query, TREND_MONTHS))
    with st.grid(4, min_column_width=150, gap="small"):
        _won(now, before, trend, query, look)
        _profit(now, before, trend, look)
        _attainment(now, trend, query, look)
        _open(now, before, look)
        _margin_rate(now, before, trend, look)
        _win_rate(now, before, trend, look)
        _count("new_deals", now, before, trend, t("overview.new_fact"))
        _visits(now, before, trend)


def _won(now: Row, before: Row, trend: pl.DataFrame, query: Query, look: Look) -> None:
    share = now["attainment_rate"]
    fact = no_target(query)
    if share is not None:
        target = look.money(now["target_amount"])
        fact = t("overview.target_fact", target=target, rate=fmt.rate(share))
    layout.kpi(
        t("columns.won_amount"),
        card_money(now["won_amount"], look),
        relative(now["won_amount"], before["won_amount"]),
        against_short(),
        trend=_money_trend(trend["won_amount"]),
        fact=fact,
        target=None if share is None else Target(share, calendar_share(now)),
        exact=look.exact(now["won_amount"]),
    )


def _profit(now: Row, before: Row, trend: pl.DataFrame, look: Look) -> None:
    known = fmt.count(now["won"] - now["unknown_count"])
    some = t("overview.profit_known", known=known, all=fmt.count(now["won"]))
    layout.kpi(
        t("columns.gross_profit"),
        card_money(now["gross_profit"], look),
        relative(now["gross_profit"], before["gross_profit"]),
        against_short(),
        trend=_money_trend(trend["gross_profit"]),
        fact=_costs_known(now, some),
        exact=look.exact(now["gross_profit"]),
    )


def _costs_known(now: Row, some: str) -> str:
    """Which costs are known: of nothing, none, all, or `some`, in the card's own words."""
    if not now["won"]:
        return t("overview.none_won")
    if now["gross_profit"] is None:
        return t("overview.cost_none")
    return some if now["unknown_count"] else t("overview.all_known", all=fmt.count(now["won"]))


def _attainment(now: Row, trend: pl.DataFrame, query: Query, look: Look) -> None:
    share, pace = now["attainment_rate"], calendar_share(now)
    change = None
    if share is not None and pace is not None:
        gap = share - pace
        change = Change(fmt.points(gap, look.language), gap >= 0, gap >= 0)
    fact = t("overview.pace_over") if pace is None else t("overview.pace", rate=fmt.rate(pace))
    layout.kpi(
        t("columns.attainment_rate"),
        fmt.rate(share),
        change,
        t("overview.calendar"),
        trend=trend["attainment_rate"].to_list(),
        fact=no_target(query) if share is None else fact,
        target=None if share is None else Target(share, pace),
        exact=None if share is None else fmt.rate(share, 4),
    )


def _open(now: Row, before: Row, look: Look) -> None:
    layout.kpi(
        t("overview.open_card"),
        card_money(now["open_amount"], look),
        relative(now["open_amount"], before["open_amount"]),
        against_short(),
        fact=t("overview.open_fact", count=fmt.count(now["open"])),
        exact=look.exact(now["open_amount"]),
    )


def _margin_rate(now: Row, before: Row, trend: pl.DataFrame, look: Look) -> None:
    some = t("overview.margin_left_out", count=fmt.count(now["unknown_count"]))
    layout.kpi(
        t("columns.margin_rate"),
        fmt.rate(now["margin_rate"]),
        in_points(now["margin_rate"], before["margin_rate"], look),
        against_short(),
        trend=trend["margin_rate"].to_list(),
        fact=_costs_known(now, some),
        exact=None if now["margin_rate"] is None else fmt.rate(now["margin_rate"], 4),
    )


def _win_rate(now: Row, before: Row, trend: pl.DataFrame, look: Look) -> None:
    counted = {"closed": fmt.count(now["decided"]), "won": fmt.count(now["decided_won"])}
    fact = t("overview.closed_fact", **counted)
    if now["win_rate"] is None:
        fact = t("overview.not_measurable") if now["won"] else t("overview.none_closed")
    layout.kpi(
        t("columns.win_rate"),
        fmt.rate(now["win_rate"]),
        in_points(now["win_rate"], before["win_rate"], look),
        against_short(),
        trend=trend["win_rate"].to_list(),
        fact=fact,
        exact=None if now["win_rate"] is None else fmt.rate(now["win_rate"], 4),
    )


def _count(name: str, now: Row, before: Row, trend: pl.DataFrame, fact: str) -> None:
    layout.kpi(
        t(f"columns.{name}"),
        fmt.count(now[name]),
        in_counts(now[name], before[name]),
        against_short(),
        trend=trend[name].to_list(),
        fact=fact,
    )


def _visits(now: Row, before: Row, trend: pl.DataFrame) -> None:
    if cache.frame("visits").is_empty():
        layout.kpi(t("columns.visits"), fmt.UNKNOWN, fact=t("overview.visits_none"))
    else:
        _count("visits", now, before, trend, t("overview.visits_fact"))


def calendar_share(now: Row) -> float | None:
    """How far the calendar is, None once the period is over or unbounded."""
    elapsed = now["elapsed_rate"]
    return elapsed if elapsed is not None and elapsed < 1 else None


def card_money(value: int | None, look: Look) -> str:
    """Money for a card, its Chinese unit in small type."""
    return fmt.money(value, look.language, look.currency, small_unit=True)


def _money_trend(money: pl.Series) -> list[float | None]:
    return (money / fmt.SCALE).to_list()


def relative(now: int | None, before: int | None) -> Change | None:
    """The change of an amount in percent; none where a percentage says nothing.

    That is without an earlier amount, and between a profit and a loss.
    """
    if now is None or now < 0 or not before or before < 0:
        return None
    change = now / before - 1
    is_up = None if now == before else change > 0
    words = fmt.rate(abs(change)) if change < MOST_CHANGE else f"> {fmt.rate(MOST_CHANGE, 0)}"
    return Change(words, is_up, is_up)


def in_points(now: float | None, before: float | None, look: Look) -> Change | None:
    """The change of a rate in percentage points."""
    if now is None or before is None:
        return None
    is_up = None if now == before else now > before
    return Change(fmt.points(now - before, look.language), is_up, is_up)


def in_counts(now: int | None, before: int | None) -> Change | None:
    """The change of a count."""
    if now is None or before is None:
        return None
    is_up = None if now == before else now > before
    return Change(fmt.count(abs(now - before)), is_up, is_up)

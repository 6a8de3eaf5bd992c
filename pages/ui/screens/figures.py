"""The figures of a period as cards, and how a figure is compared with another."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from analytics import targets
from analytics.query import Query
from analytics.schemas import unit
from pages.ui import cache, comparing, filters, layout
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.layout import Change, Target
from pages.ui.session import t

Row = Mapping[str, Any]  # one period of the report `overview`
TREND_MONTHS = 9
MOST_CHANGE = 9.99  # a larger change from next to nothing is no figure to read


class Comparison(NamedTuple):
    """The figures of a question beside those the person compares them with."""

    now: Row
    other: Row  # nulls where there is nothing to compare with
    look: Look

    def of_sum(self, name: str) -> tuple[Change | None, str]:
        """The change of an amount in percent or of a count, or its share of a whole; its words."""
        now, other = self.now[name], self.other[name]
        if comparing.is_whole():
            return part_of(now, other), t(f"common.of_{comparing.chosen()}")
        change = relative(now, other) if unit(name) == "money" else in_counts(now, other)
        return change, self.beside

    def of_rate(self, name: str) -> tuple[Change | None, str]:
        """The difference of a rate in percentage points; its words."""
        return in_points(self.now[name], self.other[name], self.look), self.beside

    @property
    def beside(self) -> str:
        """What the figures are compared with, in few words."""
        return comparing.short(comparing.chosen())


def compared(query: Query, look: Look) -> Comparison:
    """The overview of a question and of what it is compared with."""
    now, other = cache.report("overview", query).to_dicts()
    if comparing.is_whole():
        asked = comparing.asked(query)
        other = cache.report("overview", asked).row(0, named=True) if asked else dict.fromkeys(now)
    return Comparison(now, other, look)


def against() -> str:
    """The period that figures are compared with, e.g. 较上月同期."""
    return comparing.words(comparing.in_time())


def against_short() -> str:
    """`against` in as few words as fit beside a figure on a phone."""
    return comparing.short(comparing.in_time())


def no_target(query: Query) -> str:
    """Why there is no target: none is set, or it is not split by what is filtered."""
    is_split = not targets.not_split_by(query)
    return t("overview.target_none" if is_split else "overview.target_filtered")


def wall(
    known: Comparison, query: Query, look: Look, fourth: Callable[[], None] | None = None
) -> None:
    """The eight figures: results first, then causes.

    With `fourth`, which draws a card in the place of the open deals, the card of new deals
    names these.
    """
    trend = cache.report("monthly", filters.trailing(query, TREND_MONTHS))
    with st.grid(4, min_column_width=150, gap="small"):
        _won(known, trend, query, look)
        _profit(known, trend, look)
        _attainment(known, trend, query, look)
        if fourth:
            fourth()
        else:
            _open(known, look)
        _margin_rate(known, trend, look)
        _win_rate(known, trend, look)
        in_hand = {"count": fmt.count(known.now["open"])}
        in_hand["amount"] = look.money(known.now["open_amount"])
        fact = t("overview.in_hand", **in_hand) if fourth else t("overview.new_fact")
        _count("new_deals", known, trend, fact)
        _visits(known, trend)


def _won(known: Comparison, trend: pl.DataFrame, query: Query, look: Look) -> None:
    now = known.now
    share = now["attainment_rate"]
    fact = no_target(query)
    if share is not None:
        target = look.money(now["target_amount"])
        fact = t("overview.target_fact", target=target, rate=fmt.rate(share))
    layout.kpi(
        t("columns.won_amount"),
        card_money(now["won_amount"], look),
        *known.of_sum("won_amount"),
        trend=_money_trend(trend["won_amount"]),
        fact=fact,
        target=None if share is None else Target(share, calendar_share(now)),
        exact=look.exact(now["won_amount"]),
        rows="won_amount",
    )


def _profit(known: Comparison, trend: pl.DataFrame, look: Look) -> None:
    now = known.now
    costed = fmt.count(now["won"] - now["unknown_count"])
    some = t("overview.profit_known", known=costed, all=fmt.count(now["won"]))
    layout.kpi(
        t("columns.gross_profit"),
        card_money(now["gross_profit"], look),
        *known.of_sum("gross_profit"),
        trend=_money_trend(trend["gross_profit"]),
        fact=_costs_known(now, some),
        exact=look.exact(now["gross_profit"]),
        rows="gross_profit",
    )


def _costs_known(now: Row, some: str) -> str:
    """Which costs are known: of nothing, none, all, or `some`, in the card's own words."""
    if not now["won"]:
        return t("overview.none_won")
    if now["gross_profit"] is None:
        return t("overview.cost_none")
    return some if now["unknown_count"] else t("overview.all_known", all=fmt.count(now["won"]))


def _attainment(known: Comparison, trend: pl.DataFrame, query: Query, look: Look) -> None:
    now = known.now
    share, pace = now["attainment_rate"], calendar_share(now)
    change, beside = None, t("overview.calendar")
    if comparing.is_whole():
        change, beside = known.of_rate("attainment_rate")
    elif share is not None and pace is not None:
        gap = share - pace
        change = Change(fmt.points(gap, look.language), gap >= 0, gap >= 0)
    fact = t("overview.pace_over") if pace is None else t("overview.pace", rate=fmt.rate(pace))
    layout.kpi(
        t("columns.attainment_rate"),
        fmt.rate(share),
        change,
        beside,
        trend=trend["attainment_rate"].to_list(),
        fact=no_target(query) if share is None else fact,
        target=None if share is None else Target(share, pace),
        exact=None if share is None else fmt.rate(share, 4),
        rows="attainment_rate",
    )


def _open(known: Comparison, look: Look) -> None:
    now = known.now
    layout.kpi(
        t("overview.open_card"),
        card_money(now["open_amount"], look),
        *known.of_sum("open_amount"),
        fact=t("overview.open_fact", count=fmt.count(now["open"])),
        exact=look.exact(now["open_amount"]),
        rows="open_amount",
    )


def _margin_rate(known: Comparison, trend: pl.DataFrame, look: Look) -> None:
    now = known.now
    some = t("overview.margin_left_out", count=fmt.count(now["unknown_count"]))
    layout.kpi(
        t("columns.margin_rate"),
        fmt.rate(now["margin_rate"]),
        *known.of_rate("margin_rate"),
        trend=trend["margin_rate"].to_list(),
        fact=_costs_known(now, some),
        exact=None if now["margin_rate"] is None else fmt.rate(now["margin_rate"], 4),
        rows="margin_rate",
    )


def _win_rate(known: Comparison, trend: pl.DataFrame, look: Look) -> None:
    now = known.now
    counted = {"closed": fmt.count(now["decided"]), "won": fmt.count(now["decided_won"])}
    fact = t("overview.closed_fact", **counted)
    if now["win_rate"] is None:
        fact = t("overview.not_measurable") if now["won"] else t("overview.none_closed")
    layout.kpi(
        t("columns.win_rate"),
        fmt.rate(now["win_rate"]),
        *known.of_rate("win_rate"),
        trend=trend["win_rate"].to_list(),
        fact=fact,
        exact=None if now["win_rate"] is None else fmt.rate(now["win_rate"], 4),
        rows="win_rate",
    )


def _count(name: str, known: Comparison, trend: pl.DataFrame, fact: str) -> None:
    layout.kpi(
        t(f"columns.{name}"),
        fmt.count(known.now[name]),
        *known.of_sum(name),
        trend=trend[name].to_list(),
        fact=fact,
        rows=name,
    )


def _visits(known: Comparison, trend: pl.DataFrame) -> None:
    if cache.department("visits").is_empty():
        layout.kpi(t("columns.visits"), fmt.UNKNOWN, fact=t("overview.visits_none"))
    else:
        _count("visits", known, trend, t("overview.visits_fact"))


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


def part_of(part: int | None, whole: int | None) -> Change | None:
    """What share of a whole it is; none of nothing, nor where a loss is on either side."""
    if part is None or part < 0 or not whole or whole < 0:
        return None
    return Change(fmt.rate(part / whole), None, None)


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

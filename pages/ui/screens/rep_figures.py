"""The figures of one rep's period, and the wall that shows them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from analytics.query import Query
from analytics.reps import RANKING
from pages.ui import cache, layout
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.layout import Change, Target
from pages.ui.screens.figures import (
    against_short,
    calendar_share,
    card_money,
    in_counts,
    in_points,
    no_target,
    relative,
)
from pages.ui.session import t

Row = Mapping[str, Any]


class Figures(NamedTuple):
    """One rep's period, the period before, the department's, and the ranking row."""

    now: Row
    before: Row
    department: Row
    ranked: Row
    ranked_before: Row | None
    ranks: int  # how many reps have one


def figures(query: Query) -> Figures:
    """Every figure of the page's head, each from its report."""
    now, before = cache.report("overview", query).to_dicts()
    whole = department(query)
    ranking = cache.report("rep-ranking", whole)
    earlier = None
    if before["since"] is not None:
        earlier = _ranking_row(
            cache.report("rep-ranking", whole.over(before["since"], before["until"])), query
        )
    return Figures(
        now=now,
        before=before,
        department=cache.report("overview", whole).row(0, named=True),
        ranked=_ranking_row(ranking, query) or _unranked(query),
        ranked_before=earlier,
        ranks=ranking["rank"].count(),
    )


def department(query: Query) -> Query:
    """The same question about the whole department."""
    return replace(query, rep=(), team=(), rank_by="won_amount")


def _ranking_row(ranking: pl.DataFrame, query: Query) -> Row | None:
    found = ranking.filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return None if found.is_empty() else found.row(0, named=True)


def _unranked(query: Query) -> Row:
    """The ranking row of someone who is not in it: did not sell in the period."""
    known = cache.frame("reps").filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return {**dict.fromkeys(RANKING), **known.row(0, named=True)}


def wall(query: Query, look: Look) -> None:
    """Eight figures against the period before and the department."""
    known = figures(query)
    with st.grid(4, min_column_width=150, gap="small"):
        _won(known, query, look)
        _rate("attainment_rate", known, look)
        _profit(known, look)
        _rate("margin_rate", known, look)
        _rank(known)
        _win_rate(known, look)
        _visits(known)
        _reports(known, look)


def _won(known: Figures, query: Query, look: Look) -> None:
    now, share = known.now, known.now["attainment_rate"]
    fact = no_target(query)
    if share is not None:
        target = look.money(now["target_amount"])
        fact = t("overview.target_fact", target=target, rate=fmt.rate(share))
    layout.kpi(
        t("columns.won_amount"),
        card_money(now["won_amount"], look),
        relative(now["won_amount"], known.before["won_amount"]),
        against_short(),
        fact=fact,
        target=None if share is None else Target(share, calendar_share(now)),
        exact=look.exact(now["won_amount"]),
    )


def _rate(name: str, known: Figures, look: Look) -> None:
    """A rate beside the department's."""
    now = known.now[name]
    whole = known.department[name]
    fact = t("rep.department", value=fmt.rate(whole))
    layout.kpi(
        t(f"columns.{name}"),
        fmt.rate(now),
        in_points(now, known.before[name], look),
        against_short(),
        fact=t("rep.department_none") if whole is None else fact,
        exact=None if now is None else fmt.rate(now, 4),
    )


def _profit(known: Figures, look: Look) -> None:
    now = known.now
    costed = {
        "known": fmt.count(now["won"] - now["unknown_count"]),
        "all": fmt.count(now["won"]),
    }
    layout.kpi(
        t("columns.gross_profit"),
        card_money(now["gross_profit"], look),
        relative(now["gross_profit"], known.before["gross_profit"]),
        against_short(),
        fact=t("rep.profit_fact", **costed) if now["won"] else t("overview.none_won"),
        exact=look.exact(now["gross_profit"]),
    )


def _rank(known: Figures) -> None:
    change = known.ranked["rank_change"]
    layout.kpi(
        t("rep.rank"),
        fmt.count(known.ranked["rank"]),
        None if change is None else Change(fmt.count(abs(change)), *_direction(change)),
        against_short(),
        fact=t("rep.rank_fact", count=fmt.count(known.ranks)),
    )


def _direction(change: int) -> tuple[bool | None, bool | None]:
    return (None, None) if change == 0 else (change > 0, change > 0)


def _win_rate(known: Figures, look: Look) -> None:
    row, now = known.ranked, known.now
    fact = t("reps.orders_short") if now["won"] else t("reps.none_closed")
    if row["adjusted_rate"] is not None:
        fact = t(
            "rep.adjusted_fact",
            rate=fmt.rate(row["adjusted_rate"], 0),
            low=fmt.rate(row["adjusted_low_rate"], 0),
            high=fmt.rate(row["adjusted_high_rate"], 0),
            department=fmt.rate(known.department["win_rate"], 0),
        )
    layout.kpi(
        t("columns.win_rate"),
        fmt.rate(now["win_rate"]),
        in_points(now["win_rate"], known.before["win_rate"], look),
        against_short(),
        fact=fact,
        exact=None if now["win_rate"] is None else fmt.rate(now["win_rate"], 4),
    )


def _visits(known: Figures) -> None:
    now = known.now
    customers = fmt.count(known.ranked["customers_visited"])
    layout.kpi(
        t("columns.visits"),
        fmt.count(now["visits"]),
        in_counts(now["visits"], known.before["visits"]),
        against_short(),
        fact=t("rep.visits_fact", count=customers),
    )


def _reports(known: Figures, look: Look) -> None:
    row, earlier = known.ranked, known.ranked_before
    done = {"on_time": fmt.count(row["reports_on_time"]), "due": fmt.count(row["reports_due"])}
    layout.kpi(
        t("columns.on_time_rate"),
        fmt.rate(row["on_time_rate"], 0),
        in_points(row["on_time_rate"], earlier["on_time_rate"] if earlier else None, look),
        against_short(),
        fact=t("rep.reports_fact", **done) if row["reports_due"] else t("rep.reports_none"),
    )

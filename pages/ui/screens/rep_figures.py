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
    Comparison,
    against_short,
    calendar_share,
    card_money,
    compared,
    in_points,
    no_target,
)
from pages.ui.session import t

Row = Mapping[str, Any]


class Figures(NamedTuple):
    """One rep's figures and what they are compared with, the department's, the ranking row."""

    beside: Comparison
    department: Row
    ranked: Row
    ranked_before: Row | None
    ranks: int  # how many reps have one


def figures(query: Query, look: Look) -> Figures:
    """Every figure of the page's head, each from its report."""
    whole = department(query)
    ranking = cache.report("rep-ranking", whole)
    before = whole.compared()
    earlier = _ranking_row(cache.report("rep-ranking", before), query) if before else None
    return Figures(
        beside=compared(query, look),
        department=cache.report("overview", whole).row(0, named=True),
        ranked=_ranking_row(ranking, query) or _unranked(query),
        ranked_before=earlier,
        ranks=ranking["rank"].count(),
    )


def department(query: Query) -> Query:
    """The same question about the whole department."""
    return replace(query, rep=(), team=(), rank_by="won_amount")


def name(query: Query) -> str:
    """What the page's rep is called."""
    found = cache.frame("reps").filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return str(found["rep"][0])


def _ranking_row(ranking: pl.DataFrame, query: Query) -> Row | None:
    found = ranking.filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return None if found.is_empty() else found.row(0, named=True)


def _unranked(query: Query) -> Row:
    """The ranking row of someone who is not in it: did not sell in the period."""
    known = cache.frame("reps").filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return {**dict.fromkeys(RANKING), **known.row(0, named=True)}


def wall(query: Query, look: Look) -> None:
    """Eight figures against what the person compares with, and the department."""
    known = figures(query, look)
    with st.grid(4, min_column_width=150, gap="small"):
        _won(known, query, look)
        _rate("attainment_rate", known)
        _profit(known, look)
        _rate("margin_rate", known)
        _rank(known)
        _win_rate(known)
        _visits(known)
        _reports(known, look)


def _won(known: Figures, query: Query, look: Look) -> None:
    now = known.beside.now
    share = now["attainment_rate"]
    fact = no_target(query)
    if share is not None:
        target = look.money(now["target_amount"])
        fact = t("overview.target_fact", target=target, rate=fmt.rate(share))
    layout.kpi(
        t("columns.won_amount"),
        card_money(now["won_amount"], look),
        *known.beside.of_sum("won_amount"),
        fact=fact,
        target=None if share is None else Target(share, calendar_share(now)),
        exact=look.exact(now["won_amount"]),
        rows="won_amount",
    )


def _rate(name: str, known: Figures) -> None:
    """A rate beside the department's."""
    now = known.beside.now[name]
    whole = known.department[name]
    fact = t("rep.department", value=fmt.rate(whole))
    layout.kpi(
        t(f"columns.{name}"),
        fmt.rate(now),
        *known.beside.of_rate(name),
        fact=t("rep.department_none") if whole is None else fact,
        exact=None if now is None else fmt.rate(now, 4),
        rows=name,
    )


def _profit(known: Figures, look: Look) -> None:
    now = known.beside.now
    costed = {
        "known": fmt.count(now["won"] - now["unknown_count"]),
        "all": fmt.count(now["won"]),
    }
    layout.kpi(
        t("columns.gross_profit"),
        card_money(now["gross_profit"], look),
        *known.beside.of_sum("gross_profit"),
        fact=t("rep.profit_fact", **costed) if now["won"] else t("overview.none_won"),
        exact=look.exact(now["gross_profit"]),
        rows="gross_profit",
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


def _win_rate(known: Figures) -> None:
    row, now = known.ranked, known.beside.now
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
        *known.beside.of_rate("win_rate"),
        fact=fact,
        exact=None if now["win_rate"] is None else fmt.rate(now["win_rate"], 4),
        rows="win_rate",
    )


def _visits(known: Figures) -> None:
    now = known.beside.now
    customers = fmt.count(known.ranked["customers_visited"])
    layout.kpi(
        t("columns.visits"),
        fmt.count(now["visits"]),
        *known.beside.of_sum("visits"),
        fact=t("rep.visits_fact", count=customers),
        rows="visits",
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

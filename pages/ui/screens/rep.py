"""The sentence and cards of one rep's page."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from analytics.query import Query
from analytics.reps import RANKING
from pages.ui import cache, filters, layout, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import conversion, department
from pages.ui.charts.figure import Look
from pages.ui.layout import Change, Target
from pages.ui.screens import reps
from pages.ui.screens.overview import (
    FUNNEL_MONTHS,
    against,
    cohort,
    in_counts,
    in_points,
    relative,
)
from pages.ui.session import t

Row = Mapping[str, Any]
_WEEKS = 8
_VISITS = 12
_DEAL_COLUMNS = ("deal", "customer", "stage", "amount", "age_days", "opened_on", "expected_on")
_VISIT_COLUMNS = ("visited_on", "customer", "kind", "minutes", "deal")
_REPORT_COLUMNS = ("period_on", "status", "submitted_at", "late_days")
_ROWS_HEIGHT = 320


class Figures(NamedTuple):
    """One rep's period, the period before, the department's, and the ranking row."""

    now: Row
    before: Row
    department: Row
    ranked: Row
    ranked_before: Row | None
    ranks: int  # how many reps have one


def chosen(query: Query) -> str | None:
    """The rep of the filter row, if exactly one is chosen that the store knows."""
    known = set(cache.frame("reps")["rep_id"].cast(pl.String))
    return query.rep[0] if len(query.rep) == 1 and query.rep[0] in known else None


def choose(query: Query) -> None:
    """Names to choose from, in the order of the ranking."""
    ranking = cache.report("rep-ranking", _department(query))
    if ranking.is_empty():
        reps.nobody(query)
        return
    card = layout.card(t("rep.choose"), t("rep.choose_why"), height="content")
    with card, st.grid(4, min_column_width=150, gap="small"):
        for rep_id, name in ranking.select("rep_id", "rep").iter_rows():
            st.button(
                fmt.escaped(name),
                key=f"rep.choose.{rep_id}",
                icon=":material/person:",
                on_click=_choose,
                args=(str(rep_id),),
                width="stretch",
            )


def _choose(rep_id: str) -> None:
    session.keep_filters(session.filters().choosing("rep", (rep_id,)))


def figures(query: Query) -> Figures:
    """Every figure of the page's head, each from its report."""
    now, before = cache.report("overview", query).to_dicts()
    whole = _department(query)
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


def _department(query: Query) -> Query:
    return replace(query, rep=(), team=(), rank_by="won_amount")


def _ranking_row(ranking: pl.DataFrame, query: Query) -> Row | None:
    found = ranking.filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return None if found.is_empty() else found.row(0, named=True)


def _unranked(query: Query) -> Row:
    """The ranking row of someone who is not in it: did not sell in the period."""
    known = cache.frame("reps").filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return {**dict.fromkeys(RANKING), **known.row(0, named=True)}


def sentence(query: Query, look: Look) -> str:
    """The answer: who, won, of target, margin against the department's."""
    known = figures(query)
    now, whole = known.now, known.department
    who, amount = fmt.escaped(known.ranked["rep"]), look.money(now["won_amount"])
    parts = [t("rep.answer", name=who, team=reps.belongs(known.ranked, look), amount=amount)]
    if now["attainment_rate"] is not None:
        reached = fmt.rate(now["attainment_rate"], 0)
        parts.append(
            t(
                "rep.answer_attained",
                rate=reached,
                department=fmt.rate(whole["attainment_rate"], 0),
            )
        )
    first = t("overview.comma").join(parts)
    if now["margin_rate"] is None or whole["margin_rate"] is None:
        return first + t("overview.stop")
    gap = now["margin_rate"] - whole["margin_rate"]
    key = "rep.answer_margin_up" if gap >= 0 else "rep.answer_margin_down"
    margin = t(key, points=fmt.points(gap, look.language))
    return first + t("overview.semicolon") + margin + t("overview.stop")


def wall(query: Query, look: Look) -> None:
    """Eight figures against the period before and the department."""
    known = figures(query)
    with st.grid(4, min_column_width=150, gap="small"):
        _won(known, look)
        _attainment(known, look)
        _profit(known, look)
        _margin(known, look)
        _rank(known)
        _win_rate(known, look)
        _visits(known)
        _reports(known, look)


def _money(value: int | None, look: Look) -> str:
    return fmt.money(value, look.language, look.currency, small_unit=True)


def _won(known: Figures, look: Look) -> None:
    now, share = known.now, known.now["attainment_rate"]
    fact = t("overview.target_none")
    if share is not None:
        target = look.money(now["target_amount"])
        fact = t("overview.target_fact", target=target, rate=fmt.rate(share))
    layout.kpi(
        t("columns.won_amount"),
        _money(now["won_amount"], look),
        relative(now["won_amount"], known.before["won_amount"]),
        against(),
        fact=fact,
        target=None if share is None else Target(share, _pace(now)),
        exact=look.exact(now["won_amount"]),
    )


def _pace(now: Row) -> float | None:
    elapsed = now["elapsed_rate"]
    return elapsed if elapsed is not None and elapsed < 1 else None


def _attainment(known: Figures, look: Look) -> None:
    _rate("attainment_rate", known, look)


def _margin(known: Figures, look: Look) -> None:
    _rate("margin_rate", known, look)


def _rate(name: str, known: Figures, look: Look) -> None:
    """A rate beside the department's."""
    now = known.now[name]
    whole = known.department[name]
    fact = t("rep.department", value=fmt.rate(whole))
    layout.kpi(
        t(f"columns.{name}"),
        fmt.rate(now),
        in_points(now, known.before[name], look),
        against(),
        fact=t("rep.department_none") if whole is None else fact,
        exact=None if now is None else fmt.rate(now, 4),
    )


def _profit(known: Figures, look: Look) -> None:
    now = known.now
    costed = fmt.count(now["won"] - now["unknown_count"])
    layout.kpi(
        t("columns.gross_profit"),
        _money(now["gross_profit"], look),
        relative(now["gross_profit"], known.before["gross_profit"]),
        against(),
        fact=t("rep.profit_fact", known=costed, all=fmt.count(now["won"])),
        exact=look.exact(now["gross_profit"]),
    )


def _rank(known: Figures) -> None:
    change = known.ranked["rank_change"]
    layout.kpi(
        t("rep.rank"),
        fmt.count(known.ranked["rank"]),
        None if change is None else Change(fmt.count(abs(change)), *_direction(change)),
        against(),
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
        against(),
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
        against(),
        fact=t("rep.visits_fact", count=customers),
    )


def _reports(known: Figures, look: Look) -> None:
    row, earlier = known.ranked, known.ranked_before
    done = {"on_time": fmt.count(row["reports_on_time"]), "due": fmt.count(row["reports_due"])}
    layout.kpi(
        t("columns.on_time_rate"),
        fmt.rate(row["on_time_rate"], 0),
        in_points(row["on_time_rate"], earlier["on_time_rate"] if earlier else None, look),
        against(),
        fact=t("rep.reports_fact", **done) if row["reports_due"] else t("rep.reports_none"),
    )


def monthly(query: Query, look: Look) -> None:
    """The rep's months against their targets."""
    asked = ("monthly", filters.trailing(query, 12))
    latest = look.money(cache.report(*asked)["won_amount"][-1])
    with layout.card(t("rep.month_title"), t("rep.month_read")):
        chart = cache.chart(department.monthly, look, asked, as_of=query.as_of)
        layout.show(chart, "rep.month", t("rep.month_alt", name=_name(query), amount=latest))


def steps(query: Query, look: Look) -> None:
    """Stage conversion of the last months' deals against the department's."""
    own = cohort(query)
    with layout.card(t("rep.steps_title"), t("rep.steps_read", months=FUNNEL_MONTHS)):
        if not cache.report("funnel", own)["reached"][0]:
            st.caption(t("rep.steps_none"))
            return
        pair = ("funnel", own), ("funnel", _department(own))
        chart = cache.chart(conversion.steps, look, *pair, hollow="rep.of_department")
        layout.show(chart, "rep.steps", t("rep.steps_alt", name=_name(query)))


def _name(query: Query) -> str:
    found = cache.frame("reps").filter(pl.col("rep_id").cast(pl.String) == query.rep[0])
    return str(found["rep"][0])


def open_deals(query: Query, look: Look) -> None:
    """The open deals, the longest waiting first."""
    age = (pl.lit(query.as_of) - pl.col("opened_on")).dt.total_days().alias("age_days")
    found = (
        cache.report("deals", query)
        .filter(pl.col("status").cast(pl.String) == "open")
        .with_columns(age)
        .sort("opened_on", "deal_id", nulls_last=True)
    )
    read = t("rep.deals_read", count=fmt.count(found.height))
    with layout.card(t("rep.deals_title"), read, height="content"):
        if found.is_empty():
            st.caption(t("rep.deals_none"))
            return
        found = rows.with_stage_names(found, look)
        tables.table(
            found,
            _DEAL_COLUMNS,
            look,
            key="rep.deals",
            alt=t("rep.deals_title"),
            height=_ROWS_HEIGHT if found.height > 8 else "content",
        )
        tables.downloads(
            found, look, name=f"open-deals-{look.language}", key="rep.deals", title="Open deals"
        )


def recent_visits(query: Query, look: Look) -> None:
    """The latest visits, newest first, whatever the period."""
    found = cache.report("visit-rows", query.over(None, None)).head(_VISITS)
    with layout.card(t("rep.visits_title"), t("rep.visits_read", count=_VISITS)):
        if found.is_empty():
            st.caption(t("rep.visits_none"))
            return
        tables.table(
            found, _VISIT_COLUMNS, look, key="rep.visits", alt=t("rep.visits_title"),
            height=_ROWS_HEIGHT if found.height > 8 else "content",
        )  # fmt: skip


def discipline(query: Query, look: Look) -> None:
    """The weekly reports of the last weeks: filed, late, reviewed."""
    ends = [query.as_of + timedelta(days=1, weeks=-n) for n in range(_WEEKS)]
    filed = pl.concat(cache.report("weekly-reports", query.over(None, end)) for end in ends)
    with layout.card(t("rep.reports_title"), t("rep.reports_read", count=_WEEKS)):
        if filed.is_empty():
            st.caption(t("rep.reports_no_due", count=_WEEKS))
            return
        tables.table(
            filed, _REPORT_COLUMNS, look, key="rep.reports", alt=t("rep.reports_title"),
            widths={"period_on": 96, "status": 80, "submitted_at": 104, "late_days": 84},
        )  # fmt: skip

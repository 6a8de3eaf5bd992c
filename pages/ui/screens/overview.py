"""The overview's sentence and cards."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date
from typing import Any

import polars as pl
import streamlit as st

from analytics import periods, targets
from analytics.query import Query
from pages.ui import cache, filters, layout, menu, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import conversion, department
from pages.ui.charts.figure import Look
from pages.ui.layout import Change, Target
from pages.ui.screens.conversion import reached
from pages.ui.session import t

Row = Mapping[str, Any]  # one period of the report `overview`
TREND_MONTHS = 9
MOST_CHANGE = 9.99  # a larger change from next to nothing is no figure to read
FUNNEL_MONTHS = 6
LEADERS = 4


def is_empty(now: Row) -> bool:
    """Whether the store holds nothing that this screen could show."""
    return cache.frame("deals").is_empty() and cache.frame("visits").is_empty() and not now["won"]


def nothing_yet() -> None:
    """The empty state of a new department."""
    with layout.empty("monitoring", t("overview.empty"), t("overview.empty_why")):
        st.page_link(menu.address("deals"), label=t("overview.empty_deal"), icon=":material/add:")


def sentence(now: Row, before: Row, query: Query, look: Look) -> str:
    """The answer: won, against target, against the calendar, margin."""
    parts = [t("overview.won", amount=look.money(now["won_amount"]))]
    if now["attainment_rate"] is None:
        is_split = not targets.not_split_by(query)
        parts.append(t("overview.no_target" if is_split else "overview.no_target_filtered"))
    else:
        key = "overview.of_target" if counts_all(now) else "overview.of_target_some"
        parts.append(t(key, rate=fmt.rate(now["attainment_rate"])))
        pace = calendar_share(now)
        if pace is not None:
            parts.append(_against_calendar(now["attainment_rate"] - pace, look))
    first = t("overview.comma").join(parts)
    return first + t("overview.semicolon") + _margin(now, before, look) + t("overview.stop")


def counts_all(now: Row) -> bool:
    """Whether everything won counts towards the target: whoever has none is left out of it."""
    counted = now["attainment_rate"] * now["target_amount"]
    return bool(abs(counted - now["won_amount"]) < fmt.SCALE)


def _against_calendar(gap: float, look: Look) -> str:
    key = "overview.ahead" if gap >= 0 else "overview.behind"
    return t(key, points=fmt.points(gap, look.language))


def _margin(now: Row, before: Row, look: Look) -> str:
    rate = now["margin_rate"]
    if now["gross_profit"] is None:
        return t("overview.margin_unknown")
    if rate is None:
        return t("overview.margin_none")
    if before["margin_rate"] is None:
        return t("overview.margin_only", rate=fmt.rate(rate))
    change = rate - before["margin_rate"]
    key = "overview.margin_up" if change >= 0 else "overview.margin_down"
    return t(key, rate=fmt.rate(rate), points=fmt.points(change, look.language), against=against())


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


def monthly(query: Query, look: Look) -> str | None:
    """The months against their targets; returns the month that was clicked, as ISO day."""
    asked = ("monthly", filters.trailing(query, 12))
    months = cache.report(*asked)
    with layout.card(t("overview.month_title"), t("overview.month_read")):
        chart = cache.chart(department.monthly, look, asked, as_of=query.as_of)
        alt = t("overview.month_alt", amount=look.money(months["won_amount"][-1]))
        return layout.show(chart, "overview.month", alt, selects=True)


def cohort(query: Query) -> Query:
    """The deals whose way the overview shows: a month's own cohort has hardly moved yet."""
    return filters.trailing(query, FUNNEL_MONTHS)


def funnel(query: Query, look: Look) -> str | None:
    """The funnel of the last months' deals; returns the stage that was clicked."""
    asked = ("funnel", cohort(query))
    steps = cache.report(*asked)
    opened = fmt.count(steps["reached"][0])
    read = t("overview.funnel_read", months=FUNNEL_MONTHS, count=opened)
    with layout.card(t("overview.funnel_title"), read):
        if not steps["reached"][0]:
            st.caption(t("overview.funnel_none"))
            return None
        chart = cache.chart(conversion.funnel, look, asked)
        alt = t("overview.funnel_alt", opened=opened, won=fmt.count(steps["reached"][-1]))
        return layout.show(chart, "overview.funnel", alt, selects=True)


def leaders(query: Query, look: Look) -> None:
    """The first and the last of the ranking, by attainment where there are targets."""
    by_target = cache.report("overview", query)["attainment_rate"][0] is not None
    asked = replace(query, rank_by="attainment_rate" if by_target else "won_amount")
    ranked = cache.report("rep-ranking", asked).drop_nulls("rank")
    ends = ranked if ranked.height <= 2 * LEADERS else pl.concat(
        [ranked.head(LEADERS), ranked.tail(LEADERS)]
    )  # fmt: skip
    key = "overview.leaders_target" if by_target else "overview.leaders_amount"
    with layout.card(t("overview.leaders_title"), t(key, n=LEADERS)):
        tables.table(
            ends,
            ("rank", "rep", "won_amount", "attainment_rate", "team"),
            look,
            key="overview.leaders",
            alt=t("overview.leaders_alt"),
            bar="won_amount",
        )


def newest_reports(look: Look) -> None:
    """The latest weekly reports, first lines only."""
    query = Query(as_of=cache.as_of())
    newest = cache.report("newest-reports", query)
    read = t("overview.reports_none") if newest.is_empty() else _filed(query, look)
    with layout.card(t("overview.reports_title"), read):
        for row in newest.head(LEADERS).to_dicts():
            _report_lines(row, look)


def _filed(query: Query, look: Look) -> str:
    """How many of the reports last due were filed."""
    week, due = _last_week_due(query)
    words = fmt.short_day(week, look.language)
    filed = due["submitted_at"].count()
    return t("overview.reports_read", week=words, due=due.height, filed=filed)


def _last_week_due(query: Query) -> tuple[date, pl.DataFrame]:
    """Monday and due reports of the latest week whose due moment has passed."""
    now = cache.now().astimezone(UTC).replace(tzinfo=None)
    monday = periods.week(query.as_of)
    due = _due(query.over(*monday))
    if not due.is_empty() and now >= due["due_at"][0]:
        return monday.since, due
    before = periods.previous(monday, monday.until)
    return before.since, _due(query.over(*before))


def _due(query: Query) -> pl.DataFrame:
    return cache.report("weekly-reports", query).filter(pl.col("due_at").is_not_null())


def _report_lines(row: Row, look: Look) -> None:
    with st.container(gap=None):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            who = fmt.escaped(row["rep"] or "")
            team = fmt.escaped(row["team"] or "")
            filed_at = fmt.short_moment(cache.local(row["submitted_at"]), look.language)
            st.markdown(f"**{who}** :small[:gray[{team} · {filed_at}]]", width="content")
            if row["is_late"]:
                st.badge(t("overview.late"), color="orange")
            else:
                st.badge(t("overview.on_time"), color="blue")
        st.text(_first_line(row["summary"] or ""))


def _first_line(summary: str, most: int = 60) -> str:
    line = " ".join(summary.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def detail(month: str | None, stage: str | None, query: Query, look: Look) -> None:
    """The deals behind the bar that was clicked; nothing while none is."""
    if stage is not None:
        title, found = reached(cohort(query), look, stage)
    elif month is not None:
        period = periods.preset("month", date.fromisoformat(month))
        listed = cache.report("deals", query.over(*period))
        inside = pl.col("closed_on").is_between(period.since, period.until, closed="left")
        found = listed.filter(pl.col("status") == "won", inside)
        title = t("overview.rows_month", month=fmt.month(period.since, look.language))
    else:
        return
    rows.deals(found, look, title=title, key="overview", expanded=True)

"""The overview's sentence and cards."""

from dataclasses import replace
from datetime import UTC, date

import polars as pl
import streamlit as st

from analytics import periods, targets
from analytics.query import Query
from pages.ui import cache, comparing, filters, layout, menu, rows, tables
from pages.ui import format as fmt
from pages.ui.charts import conversion, department
from pages.ui.charts.figure import Look
from pages.ui.screens.conversion import reached
from pages.ui.screens.figures import Comparison, Row, calendar_share
from pages.ui.session import t

FUNNEL_MONTHS = 6
LEADERS = 4


def is_empty(now: Row) -> bool:
    """Whether the store holds nothing that this screen could show."""
    tables = (cache.department(name) for name in ("deals", "visits"))
    return all(rows.is_empty() for rows in tables) and not now["won"]


def nothing_yet() -> None:
    """The empty state of a new department."""
    with layout.empty("monitoring", t("overview.empty"), t("overview.empty_why")):
        menu.link("deals", label=t("overview.empty_deal"), icon=":material/add:")


def sentence(known: Comparison, query: Query) -> str:
    """The answer: won, against target, against the calendar, margin."""
    now, look = known.now, known.look
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
    return first + t("overview.semicolon") + _margin(known) + t("overview.stop")


def counts_all(now: Row) -> bool:
    """Whether everything won counts towards the target: whoever has none is left out of it."""
    counted = now["attainment_rate"] * now["target_amount"]
    return bool(abs(counted - now["won_amount"]) < fmt.SCALE)


def _against_calendar(gap: float, look: Look) -> str:
    key = "overview.ahead" if gap >= 0 else "overview.behind"
    return t(key, points=fmt.points(gap, look.language))


def _margin(known: Comparison) -> str:
    rate, before = known.now["margin_rate"], known.other["margin_rate"]
    if known.now["gross_profit"] is None:
        return t("overview.margin_unknown")
    if rate is None:
        return t("overview.margin_none")
    if before is None:
        return t("overview.margin_only", rate=fmt.rate(rate))
    key = "overview.margin_up" if rate >= before else "overview.margin_down"
    points = fmt.points(rate - before, known.look.language)
    against = comparing.words(comparing.chosen())
    return t(key, rate=fmt.rate(rate), points=points, against=against)


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
            opens=("rep",),
            bar="won_amount",
        )


def newest_reports(look: Look) -> None:
    """The latest weekly reports, first lines only."""
    if not cache.reads("work_reports"):
        return
    reps = () if cache.sees_all() else tuple(cache.reached("reps"))
    query = Query(as_of=cache.as_of(), rep=reps)
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

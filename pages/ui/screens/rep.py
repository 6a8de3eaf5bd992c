"""The sentence and cards of one rep's page."""

from datetime import timedelta

import polars as pl
import streamlit as st

from analytics.query import Query
from pages.ui import cache, filters, layout, session, tables
from pages.ui import format as fmt
from pages.ui.charts import conversion
from pages.ui.charts import department as department_charts
from pages.ui.charts.figure import Look
from pages.ui.screens import rep_work, reps
from pages.ui.screens.overview import FUNNEL_MONTHS, cohort
from pages.ui.screens.rep_figures import department, figures, name
from pages.ui.session import t

_WEEKS = 8
_VISITS = 12
_VISIT_COLUMNS = ("visited_on", "customer", "kind", "minutes", "deal")
_REPORT_COLUMNS = ("period_on", "status", "submitted_at", "late_days")
_ROWS_HEIGHT = 320


def chosen(query: Query) -> str | None:
    """The rep of the filter row, if exactly one is chosen that the store knows."""
    known = set(cache.frame("reps")["rep_id"].cast(pl.String))
    return query.rep[0] if len(query.rep) == 1 and query.rep[0] in known else None


def is_reached(query: Query) -> bool:
    """The rep's own rows are the person's to see, beside the published figures."""
    return query.rep[0] in cache.reached("reps")


def rows_kept(query: Query) -> None:
    """What is said in place of rows that are out of reach."""
    st.caption(t("rep.rows_kept", name=fmt.escaped(name(query))))


def choose(query: Query) -> None:
    """Names to choose from, in the order of the ranking."""
    ranking = cache.report("rep-ranking", department(query))
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


def sentence(query: Query, look: Look) -> str:
    """The answer: who, won, of target, margin against the department's."""
    known = figures(query, look)
    now, whole = known.beside.now, known.department
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


def monthly(query: Query, look: Look) -> str | None:
    """The rep's months against their targets; returns the month that was clicked, as ISO day."""
    asked = ("monthly", filters.trailing(query, 12))
    latest = look.money(cache.report(*asked)["won_amount"][-1])
    with layout.card(t("rep.month_title"), t("rep.month_read")):
        chart = cache.chart(department_charts.monthly, look, asked, as_of=query.as_of)
        alt = t("rep.month_alt", name=name(query), amount=latest)
        return layout.show(chart, "rep.month", alt, selects=True)


def steps(query: Query, look: Look) -> str | None:
    """Stage conversion of the last months' deals against the department's.

    Returns the stage of the step that was clicked.
    """
    own = cohort(query)
    with layout.card(t("rep.steps_title"), t("rep.steps_read", months=FUNNEL_MONTHS)):
        if not cache.report("funnel", own)["reached"][0]:
            st.caption(t("rep.steps_none"))
            return None
        pair = ("funnel", own), ("funnel", department(own))
        chart = cache.chart(conversion.steps, look, *pair, hollow="rep.of_department")
        alt = t("rep.steps_alt", name=name(query))
        return layout.show(chart, "rep.steps", alt, selects=True)


def recent_visits(query: Query, look: Look) -> None:
    """The latest visits, newest first, whatever the period."""
    found = cache.report("visit-rows", query.over(None, None)).head(_VISITS)
    if not cache.reads("visits"):
        return
    with layout.card(t("rep.visits_title"), t("rep.visits_read", count=_VISITS)):
        if found.is_empty():
            st.caption(t("rep.visits_none"))
            return
        tables.table(
            found, _VISIT_COLUMNS, look, key="rep.visits", alt=t("rep.visits_title"),
            opens=("visit", "deal", "customer"),
            height=_ROWS_HEIGHT if found.height > 8 else "content",
        )  # fmt: skip


def discipline(query: Query, look: Look) -> None:
    """The weekly reports of the last weeks: filed, late, reviewed."""
    if not cache.reads("work_reports"):
        return
    ends = [query.as_of + timedelta(days=1, weeks=-n) for n in range(_WEEKS)]
    filed = pl.concat(cache.report("weekly-reports", query.over(None, end)) for end in ends)
    with layout.card(
        t("rep.reports_title"), t("rep.reports_read", count=_WEEKS, weeks=rep_work.WEEKS)
    ):
        if cache.department("work_reports").is_empty() or filed.is_empty():
            st.caption(t("rep.reports_no_due", count=_WEEKS))
            return
        rep_work.filing(query, look)
        tables.table(
            filed, _REPORT_COLUMNS, look, key="rep.reports", alt=t("rep.reports_title"),
            widths={"period_on": 96, "status": 80, "submitted_at": 104, "late_days": 84},
        )  # fmt: skip

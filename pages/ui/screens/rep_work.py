"""What one rep works on: visits by day, open deals by age, quiet customers, weekly reports."""

from datetime import date, timedelta

import polars as pl
import streamlit as st

from analytics import at_risk
from analytics.query import Query
from pages.ui import cache, layout, rows, tables
from pages.ui import format as fmt
from pages.ui.charts import rep as charts
from pages.ui.charts.figure import Look
from pages.ui.screens.rep_figures import name
from pages.ui.session import t

WEEKS = 26  # of visits and weekly reports
_OLD = 180  # days
_DEAL_COLUMNS = ("deal", "customer", "stage", "amount", "age_days", "opened_on", "expected_on")
_RISK_COLUMNS = (
    "customer", "won_amount", "since_days", "usual_gap_days", "last_visit_on", "last_order_on",
)  # fmt: skip
_RISK_WIDTHS = {"won_amount": 100, "since_days": 80, "usual_gap_days": 108}
_ROWS_HEIGHT = 320
_FEW = 8  # rows that need no scrolling


def lately(query: Query) -> Query:
    """The question over the last weeks, whole ones and the running one."""
    monday = query.as_of - timedelta(days=query.as_of.weekday())
    return query.over(monday - timedelta(weeks=WEEKS - 1), query.as_of + timedelta(days=1))


def calendar(query: Query, look: Look) -> None:
    """Visits by week and weekday, and those of the day that was clicked."""
    asked = lately(query)
    days = cache.report("visit-days", asked)
    with layout.card(t("rep.calendar_title"), t("rep.calendar_read", weeks=WEEKS)):
        if days.is_empty():
            st.caption(t("rep.calendar_none"))
            return
        alt = t(
            "rep.calendar_alt",
            name=name(query),
            weeks=WEEKS,
            visits=fmt.count(int(days["visits"].sum())),
            days=fmt.count(days.filter(pl.col("visits") > 0).height),
        )
        chart = cache.chart(charts.calendar, look, ("visit-days", asked))
        clicked = layout.show(chart, "rep.calendar", alt, selects=True)
    if clicked is not None:
        day = date.fromisoformat(clicked)
        found = cache.report("visit-rows", asked).filter(visited_on=day)
        title = t("rep.calendar_day", day=fmt.day(day, look.language))
        rows.visits(found, look, title=title, key="rep.day", expanded=True)


def ages(query: Query, look: Look) -> str | None:
    """Open deals by age; returns the range that was clicked, by its first day."""
    found = cache.report("open-ages", query)
    with layout.card(t("rep.ages_title"), t("rep.ages_read")):
        if not found["open"].sum():
            st.caption(t("rep.deals_none"))
            return None
        old = int(found.filter(pl.col("from_days") >= _OLD)["open"].sum())
        count = fmt.count(int(found["open"].sum()))
        alt = t("rep.ages_alt", name=name(query), count=count, old=fmt.count(old))
        chart = cache.chart(charts.ages, look, ("open-ages", query))
        return layout.show(chart, "rep.ages", alt, selects=True)


def open_deals(query: Query, look: Look, clicked: str | None) -> None:
    """The open deals, the longest waiting first; of the age that was clicked, else all."""
    age = (pl.lit(query.as_of) - pl.col("opened_on")).dt.total_days().alias("age_days")
    found = (
        cache.report("deals", query)
        .filter(pl.col("status").cast(pl.String) == "open")
        .with_columns(age)
        .sort("opened_on", "deal_id", nulls_last=True)
    )
    read = t("rep.deals_read", count=fmt.count(found.height))
    if clicked is not None:
        found, words = _aged(found, query, clicked, look)
        read = t("rep.deals_aged", range=words, count=fmt.count(found.height))
    with layout.card(t("rep.deals_title"), read, height="content"):
        if found.is_empty():
            st.caption(t("rep.deals_none"))
            return
        tables.table(
            found,
            _DEAL_COLUMNS,
            look,
            key="rep.deals",
            alt=t("rep.deals_title"),
            opens=("deal", "customer"),
            height=_ROWS_HEIGHT if found.height > _FEW else "content",
        )
        tables.downloads(
            found, look, name=f"open-deals-{look.language}", key="rep.deals", title="Open deals"
        )


def _aged(deals: pl.DataFrame, query: Query, clicked: str, look: Look) -> tuple[pl.DataFrame, str]:
    """The deals of a clicked range of ages, and the range in words."""
    low = int(clicked) if clicked else None
    ranges = cache.report("open-ages", query)
    high = ranges.filter(pl.col("from_days").eq_missing(pl.lit(low)))["until_days"].first()
    age = pl.col("age_days")
    inside = age.is_null() if low is None else age >= low
    if isinstance(high, int):
        inside &= age < high
        return deals.filter(inside), charts.age_range(low, high, look)
    return deals.filter(inside), charts.age_range(low, None, look)


def quiet_customers(query: Query, look: Look) -> None:
    """Customers at risk: nobody has been there for twice the usual gap."""
    found = cache.report("customers-at-risk", query)
    read = t("rep.risk_read", times=at_risk.TIMES_USUAL)
    with layout.card(t("rep.risk_title"), read):
        if found.is_empty():
            st.caption(t("rep.risk_none"))
            return
        tables.table(
            found.head(rows.MOST),
            _RISK_COLUMNS,
            look,
            key="rep.risk",
            alt=t("rep.risk_title"),
            opens=("customer",),
            widths={**_RISK_WIDTHS, "customer": tables.name_width(found["customer"])},
            height=_ROWS_HEIGHT if found.height > _FEW else "content",
        )
        file = f"customers-at-risk-{look.language}"
        tables.downloads(found, look, name=file, key="rep.risk", title="Customers at risk")


def filing(query: Query, look: Look) -> None:
    """The weekly reports of the last weeks in a row; for the head of the card that lists them."""
    asked = lately(query)
    weeks = cache.report("report-weeks", asked)
    if weeks.is_empty():
        return
    counts = {kind: weeks.filter(filing=kind).height for kind in ("in_time", "late", "missing")}
    chart = cache.chart(charts.filing, look, ("report-weeks", asked))
    layout.show(chart, "rep.filing", t("rep.filing_alt", weeks=WEEKS, **counts))

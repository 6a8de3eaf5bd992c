"""The visit screen's cards on what comes with visits: deals, steps, hours and minutes."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics import visits_per_deal
from analytics.query import Query
from analytics.visit_outcomes import FOLLOWED_DAYS
from pages.ui import cache, layout, rows, tables
from pages.ui import format as fmt
from pages.ui.charts import visit_effect as charts
from pages.ui.charts import visits as visit_charts
from pages.ui.charts.figure import SMALL, Look
from pages.ui.screens.visit_analysis import OUTCOME_COLUMNS
from pages.ui.screens.visit_groups import (
    BY_KIND,
    Group,
    choice,
    is_of,
    label,
    most_note,
    name_of,
    segmented,
    worded,
)
from pages.ui.session import t

_DEAL_COLUMNS = (
    "deal", "customer", "rep", "product", "status", "opened_on", "closed_on", "amount", "visits",
    "activities",
)  # fmt: skip
_OUTCOME_TABLE = ("visits", "noted_rate", "next_rate", "watched", "advanced_rate")
_OUTCOME_WIDTHS = {
    "visits": 60,
    "noted_rate": 68,
    "next_rate": 88,
    "watched": 72,
    "advanced_rate": 92,
}


def per_deal(query: Query, look: Look) -> tuple[str, str, int] | None:
    """Visits per won and per lost deal.

    Returns what was clicked: what is counted, the outcome, and how many.
    """
    with layout.card(t("visit_analysis.per_deal_title"), t("visit_analysis.per_deal_read")):
        counted = segmented("counted", visits_per_deal.COUNTED, "counted")
        means = cache.report("visits-per-deal", query).filter(counted=counted)
        if not means["mean_visits"].count():
            st.caption(t("visit_analysis.per_deal_none"))
            return None
        st.markdown(_difference(means))
        pair = ("visits-per-deal-spread", query), ("visits-per-deal", query)
        chart = cache.chart(charts.per_deal, look, *pair, counted=counted)
        clicked = layout.show(chart, "visit_analysis.per_deal", _means_alt(means), selects=True)
        st.caption(_means_words(means))
        if clicked is None:
            return None
        outcome, number = visit_charts.parts(clicked)
        return counted, outcome, int(number)


def _difference(means: pl.DataFrame) -> str:
    """Both means, their difference with its interval, and whether chance explains it."""
    won, lost, both = means.rows(named=True)
    words = {"won": fmt.count(won["mean_visits"], 2), "lost": fmt.count(lost["mean_visits"], 2)}
    if both["is_different"] is None:
        return t("visit_analysis.per_deal_unknown", **words)
    key = "differs" if both["is_different"] else "same"
    ends = {n: fmt.signed(both[f"{n}_visits"], 2) for n in ("mean", "low", "high")}
    return t(f"visit_analysis.per_deal_{key}", **words, **ends)


def _means_alt(means: pl.DataFrame) -> str:
    won, lost = means["mean_visits"].to_list()[:2]
    return t("visit_analysis.per_deal_alt", won=fmt.count(won, 2), lost=fmt.count(lost, 2))


def _means_words(means: pl.DataFrame) -> str:
    """What stands behind the means: how many deals, how long they were open."""
    won, lost = means.rows(named=True)[:2]
    words = t(
        "visit_analysis.per_deal_deals",
        won=fmt.count(won["deals"]),
        lost=fmt.count(lost["deals"]),
        won_without=fmt.count(won["without_count"]),
        lost_without=fmt.count(lost["without_count"]),
        won_days=fmt.count(won["mean_days"]),
        lost_days=fmt.count(lost["mean_days"]),
    )
    if min(won["deals"], lost["deals"]) < SMALL:
        words += t("visit_analysis.few", count=SMALL)
    return words


def of_number(query: Query, look: Look, number: tuple[str, str, int] | None) -> None:
    """The deals of the bar that was clicked."""
    if number is None:
        return
    counted, outcome, visits = number
    is_last = visits == visits_per_deal.MOST
    count = pl.col(counted)
    found = cache.report("visits-per-deal-rows", query).filter(
        pl.col("status").cast(pl.String) == outcome, count >= visits if is_last else count == visits
    )
    words = {"outcome": t(f"outcome.{outcome}"), "counted": t(f"counted.{counted}")}
    title = t("visit_analysis.rows_deals", count=f"{visits}+" if is_last else visits, **words)
    rows.listed(
        found, _DEAL_COLUMNS, look, title=title, key="visit_analysis.deals", name="deal-visits"
    )


def outcomes(query: Query, look: Look) -> Group | None:
    """What is on record of visits and what followed; returns the group that was clicked."""
    read = t("visit_analysis.outcomes_read", days=FOLLOWED_DAYS)
    with layout.card(t("visit_analysis.outcomes_title"), read):
        by = choice("outcomes_by", BY_KIND, default="kind")
        asked = replace(query, by=by)
        groups = cache.report("visit-outcomes", asked)
        clicked = None
        if groups["advanced_rate"].count():
            chart = cache.chart(
                visit_charts.outcomes, look, ("visit-outcomes", asked), dimension=by
            )
            base = fmt.rate(groups["base_rate"][0], 0)
            alt = t("visit_analysis.outcomes_alt", base=base)
            clicked = layout.show(chart, "visit_analysis.outcomes", alt, selects=True)
            most_note(groups.filter(pl.col("watched") > 0))
        else:
            st.caption(t("visit_analysis.outcomes_none", days=FOLLOWED_DAYS))
        _outcome_table(groups, by, look)
        return None if clicked is None else (by, clicked)


def _outcome_table(groups: pl.DataFrame, by: str, look: Look) -> None:
    if groups.is_empty():
        return
    if groups["noted_rate"].first() is None:
        st.caption(t("visit_analysis.noted_none"))
    tables.table(
        worded(groups, by, look), (by, *_OUTCOME_TABLE), look,
        key="visit_analysis.outcomes.rows", alt=t("visit_analysis.outcomes_title"),
        widths={by: 112, **_OUTCOME_WIDTHS},
        height=240 if groups.height > rows.FEW else "content",
    )  # fmt: skip


def of_followed(query: Query, look: Look, group: Group | None) -> None:
    """The visits of the group that was clicked, with what followed them."""
    if group is None:
        return
    found = cache.report("visit-outcome-rows", query).filter(is_of(*group))
    name = label(cache.report("visit-outcomes", replace(query, by=group[0])), group, look)
    _visits(found, look, t("visit_analysis.rows_of_visits", group=name))


def _visits(found: pl.DataFrame, look: Look, title: str) -> None:
    rows.listed(
        found, OUTCOME_COLUMNS, look, title=title, key="visit_analysis.visits", name="visits"
    )


def hours(query: Query, look: Look) -> str | None:
    """Visits by weekday and hour; returns the cell that was clicked."""
    cells = cache.report("visit-hours", query)
    unknown = int(cells.filter(pl.col("hour").is_null())["visits"].sum())
    read = "hours_read" if cells["hour"].count() else "weekdays_read"
    with layout.card(t("visit_analysis.hours_title"), t(f"visit_analysis.{read}")):
        if cells.is_empty():
            st.caption(t("visit_analysis.visits_none"))
            return None
        chart = cache.chart(visit_charts.hours, look, ("visit-hours", query))
        clicked = layout.show(
            chart, "visit_analysis.hours", t("visit_analysis.hours_alt"), selects=True
        )
        if unknown:
            st.caption(t("visit_analysis.hours_unknown", count=fmt.count(unknown)))
        return clicked


def of_hour(query: Query, look: Look, cell: str | None) -> None:
    """The visits of the weekday and hour that was clicked."""
    if cell is None:
        return
    weekday, *hour = (int(part) for part in cell.split("|"))
    inside = pl.col("visited_on").dt.weekday() == weekday
    if hour:
        inside &= pl.col("hour") == hour[0]
    day = visit_charts.weekday_words(look)[weekday]
    title = t("visit_analysis.rows_day", day=day)
    if hour:
        title = t("visit_analysis.rows_hour", day=day, hour=hour[0])
    _visits(cache.report("visit-outcome-rows", query).filter(inside), look, title)


def minutes(query: Query, look: Look) -> Group | None:
    """How long visits take by kind; returns the kind that was clicked."""
    asked = replace(query, by="kind")
    groups = cache.report("visit-outcomes", asked)
    with layout.card(t("visit_analysis.minutes_title"), t("visit_analysis.minutes_read")):
        if not groups["timed"].sum():
            st.caption(t("visit_analysis.minutes_none"))
            return None
        chart = cache.chart(visit_charts.minutes, look, ("visit-outcomes", asked), dimension="kind")
        longest = groups.drop_nulls("median_minutes").sort("median_minutes").row(-1, named=True)
        alt = t(
            "visit_analysis.minutes_alt",
            kind=name_of("kind", longest["group"], look),
            minutes=fmt.count(longest["median_minutes"]),
        )
        clicked = layout.show(chart, "visit_analysis.minutes", alt, selects=True)
        return None if clicked is None else ("kind", clicked)

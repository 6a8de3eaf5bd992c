"""The visit screen's sentence, figures, and the cards on whom visits reach."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics import coverage as covering
from analytics.appointments import LATE_DAYS
from analytics.query import Query
from analytics.visit_outcomes import FOLLOWED_DAYS
from pages.ui import cache, comparing, layout, menu, rows
from pages.ui import format as fmt
from pages.ui.charts import visits as charts
from pages.ui.charts.figure import Look
from pages.ui.screens.figures import Comparison, Row
from pages.ui.screens.visit_groups import BY_KIND, Group, choice, is_of, label, most_note, name_of
from pages.ui.session import t

_CUSTOMER_COLUMNS = (
    "customer", "visits", "last_visit_on", "rep", "tracking", "industry", "region", "won_amount",
)  # fmt: skip
_AGREED_COLUMNS = (
    "next_on", "appointment", "overdue_days", "customer", "rep", "kind", "visited_on", "contact_on",
)  # fmt: skip
OUTCOME_COLUMNS = (
    "visited_on", "hour", "customer", "kind", "rep", "minutes", "has_outcome", "follow_up",
    "moved_on", "deal",
)  # fmt: skip


def is_recorded() -> bool:
    """Whether the department has any visit; tasks and e-mails are none."""
    return bool(cache.department("visits")["is_visit"].any())


def nothing_yet() -> None:
    """The empty state of a department that records no visits."""
    why = t("visit_analysis.empty_why")
    with layout.empty("where_to_vote", t("visit_analysis.empty"), why):
        label = t("visit_analysis.empty_visit")
        menu.link("visits", label=label, icon=":material/add:")


def caution() -> None:
    """That what comes with visits need not come from them."""
    st.caption(f":material/balance: {t('visit_analysis.caution')}")


def sentence(query: Query) -> str:
    """The answer: who was reached, what was kept, whether won deals were visited more."""
    known = cache.report("visit-summary", query).row(0, named=True)
    if not known["visits"]:
        return t("visit_analysis.answer_none")
    parts = []
    if known["coverage_rate"] is not None:
        rate = fmt.rate(known["coverage_rate"], 0)
        parts.append(t("visit_analysis.answer_coverage", rate=rate))
    if known["kept_rate"] is not None:
        parts.append(t("visit_analysis.answer_kept", rate=fmt.rate(known["kept_rate"], 0)))
    parts.append(difference(query, "visits"))
    return t("overview.semicolon").join(parts) + t("overview.stop")


def difference(query: Query, counted: str) -> str:
    """Whether won deals were visited more often than lost ones, as far as chance lets us tell."""
    means = cache.report("visits-per-deal", query)
    row = means.filter(counted=counted, outcome="difference").row(0, named=True)
    if row["is_different"] is None:
        return t("visit_analysis.difference_unknown")
    if not row["is_different"]:
        return t("visit_analysis.difference_none")
    low, high = sorted(abs(row[end]) for end in ("low_visits", "high_visits"))
    key = "more" if row["mean_visits"] > 0 else "fewer"
    between = {"low": fmt.count(low, 2), "high": fmt.count(high, 2)}
    return t(f"visit_analysis.difference_{key}", **between)


def wall(query: Query, look: Look) -> None:
    """Four figures against what the person compares with; each opens its rows."""
    known = _compared(query, look)
    now = known.now
    with st.grid(4, min_column_width=150, gap="small"):
        layout.kpi(
            t("columns.visits"),
            fmt.count(now["visits"]),
            *known.of_sum("visits"),
            fact=t("overview.visits_fact"),
            rows="visits",
        )
        for name in ("coverage_rate", "kept_rate", "advanced_rate"):
            layout.kpi(
                t(f"visit_analysis.{name}"),
                fmt.rate(now[name]),
                *known.of_rate(name),
                fact=_fact(name, now),
                exact=None if now[name] is None else fmt.rate(now[name], 4),
                rows=name,
            )


_COUNTS = ("customers", "customers_visited", "kept", "due", "not_due", "watched")


def _fact(name: str, now: Row) -> str:
    """What a rate is made of, or why it is not known."""
    if name == "kept_rate" and now["with_next"] is None:
        return t("visit_analysis.next_none_short")
    counts = {count: fmt.count(now[count]) for count in _COUNTS}
    base = fmt.rate(now["base_rate"], 0)
    return t(f"visit_analysis.{name}_fact", **counts, base=base, days=FOLLOWED_DAYS)


def _compared(query: Query, look: Look) -> Comparison:
    now = cache.report("visit-summary", query).row(0, named=True)
    asked = comparing.asked(query)
    other = cache.report("visit-summary", asked).row(0, named=True) if asked else {}
    return Comparison(now, other or dict.fromkeys(now), look)


def detail(query: Query, look: Look) -> None:
    """The rows of the figure whose card asks for them; nothing while none does."""
    figure = layout.asked_rows()
    if figure == "coverage_rate":
        _customers(cache.report("coverage-rows", query), look, t("visit_analysis.rows_customers"))
    elif figure == "kept_rate":
        found = cache.report("appointment-rows", query)
        _agreed(found, look, t("visit_analysis.rows_appointments"))
    elif figure in ("visits", "advanced_rate"):
        found = cache.report("visit-outcome-rows", query)
        if figure == "advanced_rate":
            followed = pl.col("follow_up").cast(pl.String).is_in(["advanced", "stayed"])
            found = found.filter(followed)
        title = t("visit_analysis.rows_visits")
        rows.listed(
            found, OUTCOME_COLUMNS, look, title=title, key="visit_analysis.all", name="visits"
        )


def coverage(query: Query, look: Look) -> Group | None:
    """Customers visited per segment; returns the segment that was clicked."""
    with layout.card(t("visit_analysis.coverage_title"), t("visit_analysis.coverage_read")):
        by = choice("coverage_by", covering.GROUPS, default="tracking")
        asked = replace(query, by=by)
        groups = cache.report("coverage", asked).drop_nulls("coverage_rate")
        if groups.is_empty():
            st.caption(t("visit_analysis.coverage_none"))
            return None
        chart = cache.chart(charts.coverage, look, ("coverage", asked), dimension=by)
        least = groups.sort("coverage_rate", "group_id").row(0, named=True)
        alt = t(
            "visit_analysis.coverage_alt",
            group=name_of(by, least["group"], look),
            rate=fmt.rate(least["coverage_rate"], 0),
        )
        clicked = layout.show(chart, "visit_analysis.coverage", alt, selects=True)
        most_note(groups)
        return None if clicked is None else (by, clicked)


def of_segment(query: Query, look: Look, segment: Group | None) -> None:
    """The customers of the segment that was clicked, the unvisited first."""
    if segment is None:
        return
    by, value = segment
    found = cache.report("coverage-rows", query).filter(is_of(by, value))
    name = label(cache.report("coverage", replace(query, by=by)), segment, look)
    _customers(found, look, t("visit_analysis.rows_of_customers", group=name))


def appointments(query: Query, look: Look) -> tuple[str, Group] | None:
    """Appointments kept, late and missed; returns what was clicked: which fate, of which group."""
    read = t("visit_analysis.appointments_read", days=LATE_DAYS)
    with layout.card(t("visit_analysis.appointments_title"), read):
        by = choice("appointments_by", BY_KIND, default="kind")
        asked = replace(query, by=by)
        known = cache.report("visit-summary", query).row(0, named=True)
        if not known["due"]:
            is_kept = known["with_next"] is not None
            st.caption(t("visit_analysis.due_none" if is_kept else "visit_analysis.next_none"))
            return None
        chart = cache.chart(charts.appointments, look, ("appointments", asked), dimension=by)
        alt = t("visit_analysis.appointments_alt", rate=fmt.rate(known["kept_rate"], 0))
        clicked = layout.show(chart, "visit_analysis.appointments", alt, selects=True)
        most_note(cache.report("appointments", asked).filter(pl.col("due") > 0))
        if clicked is None:
            return None
        fate, value = charts.parts(clicked)
        return fate, (by, value)


def of_fate(query: Query, look: Look, fate: tuple[str, Group] | None) -> None:
    """The appointments of the part of a bar that was clicked."""
    if fate is None:
        return
    what, group = fate
    found = cache.report("appointment-rows", query).filter(
        pl.col("appointment").cast(pl.String) == what, is_of(*group)
    )
    name = label(cache.report("appointments", replace(query, by=group[0])), group, look)
    words = {"group": name, "fate": t(f"appointment.{what}")}
    _agreed(found, look, t("visit_analysis.rows_of_appointments", **words))


def _customers(found: pl.DataFrame, look: Look, title: str) -> None:
    rows.listed(
        found, _CUSTOMER_COLUMNS, look,
        title=title, key="visit_analysis.customers", name="customers",
    )  # fmt: skip


def _agreed(found: pl.DataFrame, look: Look, title: str) -> None:
    rows.listed(
        found, _AGREED_COLUMNS, look,
        title=title, key="visit_analysis.agreed", name="appointments",
    )  # fmt: skip

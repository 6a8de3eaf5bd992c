"""The visit screen's card on credit: won deals shared over their visits by rule."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics.query import Query
from analytics.visit_credit import HALF_LIFE_DAYS, RULES
from pages.ui import cache, layout, rows, tables
from pages.ui import format as fmt
from pages.ui.charts import visit_effect as charts
from pages.ui.charts.figure import Look
from pages.ui.screens.visit_groups import (
    BY_KIND,
    Group,
    choice,
    is_of,
    label,
    most_note,
    segmented,
    worded,
)
from pages.ui.session import t

_ROW_COLUMNS = (
    "closed_on", "deal", "customer", "visited_on", "kind", "rep", "amount", "gross_profit",
)  # fmt: skip
_TABLE_COLUMNS = ("amount", "amount_rate", "gross_profit", "deals", "visits")


def credit(query: Query, look: Look) -> tuple[str, Group] | None:
    """Won deals shared over their visits; returns the rule and the group that was clicked."""
    read = t("visit_analysis.credit_read", days=HALF_LIFE_DAYS)
    with layout.card(t("visit_analysis.credit_title"), read):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            by = choice("credit_by", BY_KIND, default="kind")
            rule = segmented("rule", RULES, "credit", default=query.credit)
            measure = segmented("measure", ("amount", "gross_profit"), "columns")
        asked = replace(query, by=by, credit=rule)
        groups = cache.report("visit-credit", asked)
        if groups.is_empty():
            st.caption(t("visit_analysis.credit_none"))
            return None
        if not groups[measure].count():
            st.caption(t("visit_analysis.credit_no_cost"))
            return None
        every = (("visit-credit", replace(asked, credit=each)) for each in RULES)
        chart = cache.chart(charts.credit, look, *every, chosen=rule, measure=measure, dimension=by)
        alt = t("visit_analysis.credit_alt", rule=t(f"credit.{rule}"))
        clicked = layout.show(chart, "visit_analysis.credit", alt, selects=True)
        most_note(groups.filter("has_visits"))
        _table(groups, by, look)
        return None if clicked is None else (rule, (by, clicked))


def _table(groups: pl.DataFrame, by: str, look: Look) -> None:
    """The chosen rule's figures, the deals without visits named."""
    without = pl.lit(t("visit_analysis.without_visits"))
    named = worded(groups, by, look).with_columns(
        pl.when("has_visits").then(by).otherwise(without).alias(by)
    )
    st.caption(fmt.literal(_total(groups, look)))
    tables.table(
        named, (by, *_TABLE_COLUMNS), look,
        key="visit_analysis.credit.rows", alt=t("visit_analysis.credit_title"),
        height=320 if named.height > rows.FEW else "content",
    )  # fmt: skip
    file = f"visit-credit-{look.language}"
    tables.downloads(named, look, name=file, key="visit_analysis.credit", title="Visit credit")


def _total(groups: pl.DataFrame, look: Look) -> str:
    """What the rows add up to, as far as it is known."""
    won, profit = (look.money(int(groups[n].sum())) for n in ("amount", "gross_profit"))
    if not groups["gross_profit"].count():
        return t("visit_analysis.credit_total_amount", amount=won)
    return t("visit_analysis.credit_total", amount=won, profit=profit)


def of_credit(query: Query, look: Look, credited: tuple[str, Group] | None) -> None:
    """The credits of the group that was clicked, or the deals without visits."""
    if credited is None:
        return
    rule, (by, value) = credited
    asked = replace(query, by=by, credit=rule)
    found = cache.report("visit-credit-rows", asked)
    has_visits = pl.col("visit_id").is_not_null()
    if value == charts.WITHOUT:
        name, found = t("visit_analysis.without_visits"), found.filter(~has_visits)
    else:
        name = label(cache.report("visit-credit", asked).filter("has_visits"), (by, value), look)
        found = found.filter(has_visits, is_of(by, value))
    title = t("visit_analysis.rows_credit", group=name, rule=t(f"credit.{rule}"))
    rows.listed(
        found, _ROW_COLUMNS, look,
        title=title, key="visit_analysis.credits", name="visit-credit-rows",
    )  # fmt: skip

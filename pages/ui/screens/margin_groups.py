"""Margin by a dimension: the weighted rate of each group, and how its margins spread."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics import margins, tiers
from analytics.query import DIMENSIONS, Query
from pages.ui import cache, codes, layout, rows, session
from pages.ui import format as fmt
from pages.ui.charts import margin_spreads
from pages.ui.charts import margins as charts
from pages.ui.charts.figure import SMALL, Look
from pages.ui.screens.margin import bin_words, has_lines, measure_choice
from pages.ui.session import t

_MOST_GROUPS = 10
_MOST_SPREADS = 6
_CASES = {"deal": "deals", "line": "lines"}  # column of the report `margin` that counts them


def by_group(query: Query, look: Look) -> tuple[str, str] | None:
    """Margin by a chosen dimension; returns the dimension and the group that was clicked."""
    with layout.card(t("margin.groups_title")):
        read = st.empty()
        by = _dimension("margin.by")
        read.caption(t(f"margin.groups_read_{_grain_of(by)}", small=SMALL))
        asked = replace(query, by=by)
        groups = cache.report("margin", asked)
        known = groups.drop_nulls("margin_rate")
        pair = ("margin", asked), ("margin-quantiles", query)
        options = {"dimension": by, "cases": _CASES[_grain_of(by)], "most": _MOST_GROUPS}
        chart = cache.chart(charts.by_group, look, *pair, **options)
        clicked = layout.show(chart, "margin.groups", _groups_alt(known, by, look), selects=True)
        _left_out(groups, known, _MOST_GROUPS)
        return (by, clicked) if clicked is not None else None


def spreads(query: Query, look: Look) -> tuple[str, str, int] | None:
    """A histogram per group; returns the dimension, the group and the bin that was clicked."""
    with layout.card(t("margin_spreads.title")):
        read = st.empty()
        with st.container(horizontal=True, gap="small"):
            by = _dimension("margin.spread_by")
            measure = measure_choice("spread_measure")
        read.caption(t(f"margin_spreads.read_{_grain_of(by)}", small=SMALL))
        asked = replace(query, by=by)
        groups = cache.report("margin", asked)
        known = groups.drop_nulls("p50_rate")
        pair = ("margin-spreads", asked), ("margin", asked)
        cases = _CASES[_grain_of(by)]
        options: dict[str, object] = {"dimension": by, "cases": cases, "most": _MOST_SPREADS}
        options |= {"measure": measure, "limits": tiers.PERCENTS}
        chart = cache.chart(margin_spreads.spreads, look, *pair, **options)
        clicked = layout.show(chart, "margin.spreads", _spreads_alt(known, by, look), selects=True)
        _left_out(groups, known, _MOST_SPREADS)
    if clicked is None:
        return None
    percent, _, group = clicked.partition("|")
    return by, group, int(percent)


def _dimension(key: str) -> str:
    dimensions = (*DIMENSIONS, "category") if has_lines() else DIMENSIONS
    return st.selectbox(
        t("margin.dimension"),
        dimensions,
        index=DIMENSIONS.index("product"),
        format_func=session.words("filters", dimensions).__getitem__,
        key=key,
        label_visibility="collapsed",
        width=190,
    )


def _left_out(groups: pl.DataFrame, known: pl.DataFrame, most: int) -> None:
    """Which groups are not drawn, and why."""
    if known.height > most:
        st.caption(t("margin.groups_more", shown=most, all=fmt.count(known.height)))
    if groups.height > known.height:
        st.caption(t("margin.groups_unknown", count=fmt.count(groups.height - known.height)))


def _groups_alt(known: pl.DataFrame, by: str, look: Look) -> str:
    worst = _lowest(known, by, "margin_rate", look)
    key = "margin.groups_alt" if worst else "margin.groups_few_alt"
    return t(key, dimension=t(f"filters.{by}"), **worst)


def _spreads_alt(known: pl.DataFrame, by: str, look: Look) -> str:
    worst = _lowest(known, by, "p50_rate", look)
    key = "margin_spreads.alt" if worst else "margin_spreads.few_alt"
    return t(key, dimension=t(f"filters.{by}"), **worst)


def _lowest(known: pl.DataFrame, by: str, column: str, look: Look) -> dict[str, str]:
    """Name and rate of the lowest group, small ones left out; nothing if all are small."""
    enough = known.filter(pl.col(_CASES[_grain_of(by)]) - pl.col("unknown_count") >= SMALL)
    if enough.is_empty():
        return {}
    worst = enough.sort(column).row(0, named=True)
    name = codes.word(look.language, by, worst["group"] or t("common.unknown"))
    return {"worst": name, "rate": fmt.rate(worst[column])}


def of_group(query: Query, look: Look, group: tuple[str, str] | None) -> None:
    """The won deals, or of a product the lines, of the group that was clicked."""
    if group is None:
        return
    by, value = group
    found, name = _in_group(query, look, by, value)
    title = t(f"margin.rows_group_{_grain_of(by)}", group=name)
    rows.margins(found, look, title=title, key="margin.group", expanded=True)


def of_cell(query: Query, look: Look, cell: tuple[str, str, int] | None) -> None:
    """The won deals or lines of one group and one bin."""
    if cell is None:
        return
    by, value, percent = cell
    found, name = _in_group(query, look, by, value)
    title = t(f"margin_spreads.rows_{_grain_of(by)}", group=name, bin=bin_words(query, percent))
    found = found.filter(pl.col("bin_percent") == percent)
    rows.margins(found, look, title=title, key="margin.spread", expanded=True)


def _in_group(query: Query, look: Look, by: str, value: str) -> tuple[pl.DataFrame, str]:
    """The won deals or lines of a group, and its name."""
    every = cache.report("margin-rows", replace(query, grain=_grain_of(by)))
    text = pl.col("rep_id" if by == "rep" else by).cast(pl.String)
    found = every.filter(text == value if value else text.is_null())
    if not value:
        return found, t("common.unknown")
    return found, found["rep"][0] if by == "rep" else codes.word(look.language, by, value)


def _grain_of(by: str) -> str:
    """What a group of the report `margin` is made of; the lines of a deal differ in product."""
    return "line" if has_lines() and by in margins.OF_LINES else "deal"

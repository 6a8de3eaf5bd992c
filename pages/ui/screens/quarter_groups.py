"""The quarter screen's picture, table and workbook by dimension."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from analytics import periods
from analytics.comparisons import MEASURES
from analytics.query import DIMENSIONS, FILTERS, UNKNOWN, Query
from analytics.win_curves import ALL
from pages.ui import cache, codes, finding_words, layout, session, tables
from pages.ui import format as fmt
from pages.ui.charts import bridge as bridge_charts
from pages.ui.charts import quarter as charts
from pages.ui.charts.figure import Look
from pages.ui.screens import behind, quarter
from pages.ui.session import t

_CAUSES = ("effect", "gross_profit", "products", "known_amount", "unknown_amount")
_HEIGHT = 460
_WIDE = 15  # groups shown without scrolling


def asked(query: Query) -> tuple[Query, str, str]:
    """Draw the choice of dimension, measure and comparison; the question with its dimension."""
    with st.container(horizontal=True, vertical_alignment="center"):
        by = _choice("by", session.words("filters", DIMENSIONS))
        measure = _choice("measure", session.words("columns", MEASURES))
        against = _choice("against", session.words("period", periods.AGAINST))
    return replace(query, by=by), measure, against


def _choice(name: str, words: dict[str, str]) -> str:
    chosen = st.selectbox(
        t(f"quarter.{name}"),
        list(words),
        format_func=words.__getitem__,
        key=f"quarter.{name}",
        label_visibility="collapsed",
        width=200,
    )
    assert chosen
    return chosen


def picture(query: Query, look: Look, measure: str, against: str) -> str | None:
    """The change of each group; returns the group that was clicked, empty for the unknown."""
    asked = ("quarter-changes", query)
    drawn, _ = charts.shown(cache.report(*asked), measure, against)
    title = t("quarter.chart_title", measure=t(f"columns.{measure}"))
    with layout.card(title, t("quarter.chart_read", most=charts.MOST)):
        if drawn.is_empty():
            st.caption(t("quarter.chart_none"))
            return None
        options = {"measure": measure, "against": against, "by": query.by}
        chart = cache.chart(charts.changes, look, asked, **options)
        beyond = drawn.filter(pl.col("verdict").is_in(("up", "down"))).height
        alt = t("quarter.chart_alt", beyond=beyond, count=drawn.height)
        return layout.show(chart, f"quarter.changes.{measure}.{query.by}", alt, selects=True)


def bridges(query: Query, look: Look) -> None:
    """Why gross profit changed against both periods, as steps; nothing where it is unknown."""
    told = [against for against in periods.AGAINST if quarter.bridge(query, look, against)]
    for against, column in zip(told, st.columns(max(len(told), 1), gap="small"), strict=False):
        asked = ("margin-bridge", replace(query, against=against))
        if bridge_charts.shown(cache.report(*asked)).is_empty():
            continue
        said = quarter.bridge(query, look, against)
        with column, layout.card(t(f"quarter.bridge_{against}"), t("quarter.bridge_read")):
            chart = cache.chart(bridge_charts.bridge, look, asked)
            layout.show(chart, f"quarter.bridge.{against}", said)


def of_group(query: Query, look: Look, measure: str, group: str | None) -> None:
    """The rows of the group that was clicked; nothing while none is."""
    if group is None:
        return
    chosen: dict[str, Any] = {query.by: (group,)} if query.by in FILTERS else {}
    found = behind.made_of(measure, replace(query, **chosen))
    if not chosen:
        found = found.filter(pl.col(query.by).cast(pl.String).fill_null(UNKNOWN) == group)
    changes = cache.report("quarter-changes", query)
    named = changes.filter(pl.col("group_id").fill_null(UNKNOWN) == group).row(0, named=True)
    name = finding_words.group({**named, "dimension": query.by}, look)
    title = t("behind.title", figure=name, rows=t(f"behind.{behind.FIGURES[measure]}"))
    behind.show(measure, found, look, title=title, key=f"quarter.{measure}")


def table(query: Query, look: Look, measure: str) -> None:
    """Every group with the measure in all three periods, and the downloads."""
    found = named(cache.report("quarter", query), look, query.by)
    columns = [query.by, measure]
    for against in periods.AGAINST:
        columns += [f"{against}_{measure}", f"{against}_{measure}_verdict"]
    with layout.card(t("quarter.table_title"), t("quarter.table_read"), height="content"):
        tables.table(
            found,
            columns,
            look,
            key=f"quarter.table.{query.by}.{measure}",
            alt=t("quarter.table_title"),
            widths={query.by: tables.name_width(found[query.by], most=220)},
            opens=("rep",) if query.by == "rep" else (),
            height=_HEIGHT if found.height > _WIDE else "content",
        )
        name = f"quarter-{query.by}-{look.language}"
        tables.downloads(found, look, name=name, key="quarter.table", title="Quarter")


def named(rows: pl.DataFrame, look: Look, by: str) -> pl.DataFrame:
    """The report `quarter` with the group's name in a column of its dimension, and a rep's id."""
    worded = codes.worded(rows, look.language, by=by).rename({"group": by})
    if by != "rep":
        return worded.drop("group_id")
    is_part = pl.col("group_id") != ALL
    return worded.with_columns(group_id=pl.when(is_part).then("group_id")).rename(
        {"group_id": "rep_id"}
    )


def submit(query: Query, look: Look) -> None:
    """The whole comparison as one Excel file, ready to hand in."""
    with layout.card(t("quarter.submit_title"), t("quarter.submit_read"), height="content"):
        name = f"quarter-{query.since}-{look.language}"
        note = t(
            "quarter.note",
            compared=quarter.compared(query),
            as_of=fmt.day(query.as_of, look.language),
            filters=_filters(query, look),
        )
        tables.workbook(
            lambda: _sheets(query, look, note),
            look,
            name=name,
            key="quarter.workbook",
            label=t("quarter.submit"),
        )


def _filters(query: Query, look: Look) -> str:
    """What was chosen in the filter row, in words."""
    chosen = {name: getattr(query, name) for name in session.FILTERS if getattr(query, name)}
    reps = dict(cache.names("reps", look.language).iter_rows())
    said = [
        t(
            "quarter.filter",
            name=t(f"filters.{name}"),
            values=t("common.sep").join(
                reps.get(v, v)
                if name == "rep"
                else codes.word(look.language, name, v) or t("common.unknown")
                for v in values
            ),
        )
        for name, values in chosen.items()
    ]
    return t("overview.semicolon").join(said) or t("common.none")


def _sheets(query: Query, look: Look, note: str) -> dict[str, pl.DataFrame]:
    """The findings in words and figures, then a sheet for each dimension."""
    found = cache.report("quarter-findings", replace(query, by="rep"))
    said = [finding_words.sentence(row, look) for row in found.to_dicts()]
    findings = found.select(
        "position",
        "against",
        "finding",
        pl.Series("sentence", said, pl.String),
        pl.exclude("position", "against", "finding", "group_id"),
    )
    reports = {by: cache.report("quarter", replace(query, by=by)) for by in DIMENSIONS}
    groups = {look.t(f"filters.{by}"): named(rows, look, by) for by, rows in reports.items()}
    causes = pl.concat(
        quarter.bridged(query, against).select(
            pl.lit(against).alias("against"), *_CAUSES, pl.col("since", "until")
        )
        for against in periods.AGAINST
    )
    return {
        look.t("quarter.sheet_about"): pl.DataFrame({"sentence": [note]}),
        look.t("quarter.sheet"): findings,
        look.t("quarter.sheet_bridge"): causes,
        **groups,
    }

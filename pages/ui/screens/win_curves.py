"""How long until a deal is won, and what the usual figures say instead: two cards and their rows.

Both are about the deals opened in the two years up to the end of the period, or in the period
where it is longer: a reading 365 days after opening needs deals that were opened before.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from analytics.measures import LOST, OPEN, WON
from analytics.naive import METHODS
from analytics.query import DIMENSIONS, Query
from analytics.win_curves import OTHERS, READ_AT, WHOLE
from pages.ui import cache, filters, layout, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import win_curves as charts
from pages.ui.charts.figure import Look
from pages.ui.layout import Change
from pages.ui.session import t

Row = Mapping[str, Any]
_MONTHS = 24
_BASES = {"closed_only": WON | LOST, "snapshot": OPEN, "survivors": ~LOST}  # deals of a method


def cohort(query: Query) -> Query:
    """The question over the deals that curves are drawn of."""
    longer = filters.trailing(query, _MONTHS)
    is_longer = query.since is None or (longer.since is not None and query.since < longer.since)
    return query if is_longer else longer


def curves(query: Query, look: Look) -> tuple[str, str] | None:
    """Share won by age; returns the dimension and the group that was clicked or ticked."""
    with layout.card(t("win_curves.title")):
        read = st.empty()
        by = _grouping()
        asked = replace(cohort(query), by=by)
        known = cache.report("win-by-day", asked)
        opened = int(known.unique("group_id")["deals"].sum())
        has_bands = charts.has_bands(known)
        how = t("win_curves.read_bands" if has_bands else "win_curves.read_table")
        read.caption(t("win_curves.read", cohort=_cohort(asked, opened), how=how))
        if not opened:
            st.caption(t("win_curves.none"))
            return None
        pair = ("win-curves", asked)
        chart = cache.chart(charts.curves, look, pair, dimension=by, read_at=READ_AT)
        clicked = layout.show(chart, "win_curves.chart", _alt(known, by, look), selects=True)
        ticked = _readings(known, by, look)
        name = f"win-curves-{look.language}"
        tables.downloads(_named(asked, look), look, name=name, key="win_curves", title="Win curves")
    group = ticked if ticked is not None else clicked
    return None if group is None else (by, group)


def _grouping() -> str:
    words = {WHOLE: t("win_curves.whole"), **session.words("filters", DIMENSIONS)}
    return st.pills(
        t("conversion.dimension"),
        list(words),
        format_func=words.__getitem__,
        default="size",
        key="win_curves.by",
        required=True,
        label_visibility="collapsed",
    )


def _cohort(asked: Query, opened: int) -> str:
    """Which deals these are, in words."""
    count, language = fmt.count(opened), session.language()
    if asked.since is None or asked.until is None:
        return t("win_curves.cohort_all", count=count)
    last = min(asked.until - timedelta(days=1), asked.as_of)
    since = fmt.day(asked.since, language)
    return t("win_curves.cohort", count=count, since=since, last=fmt.day(last, language))


def _alt(known: pl.DataFrame, by: str, look: Look) -> str:
    """The finding: which group wins most on the last day for which one is firm."""
    firm = known.filter(pl.col("certainty") == "firm").sort("days", "won_by_rate", "group_id")
    if firm.is_empty():
        return t("win_curves.alt_none")
    best = firm.row(-1, named=True)
    name, rate = charts.group_name(best["group"], look, by), fmt.rate(best["won_by_rate"])
    return t("win_curves.alt", days=fmt.count(best["days"]), best=name, rate=rate)


def _named(asked: Query, look: Look) -> pl.DataFrame:
    """The rows of the curves with their groups in words, for the downloads."""
    found = cache.report("win-curves", asked)
    names = [charts.group_name(group, look, asked.by) for group in found["group"]]
    return found.with_columns(pl.Series("group", names, pl.String))


def _readings(known: pl.DataFrame, by: str, look: Look) -> str | None:
    """The readings, a row per group; returns the group that was ticked."""
    by_group: dict[str | None, dict[str, object]] = {}
    for row in known.iter_rows(named=True):
        name = charts.group_name(row["group"], look, by)
        first = {"group_id": row["group_id"] or "", "group": name, "deals": row["deals"]}
        by_group.setdefault(row["group_id"], first)[f"day_{row['days']}"] = _cell(row)
    shown = pl.DataFrame(list(by_group.values()))
    days = [f"day_{day}" for day in READ_AT]
    index = tables.table(
        shown,
        ("group", "deals", *days),
        look,
        key="win_curves.readings",
        alt=t("win_curves.readings_alt"),
        widths={"group": tables.name_width(shown["group"]), **dict.fromkeys(days, 146)},
        selects=True,
    )
    if index is None:
        return None
    layout.hold()
    return str(shown["group_id"][index])


def _cell(row: Row) -> str:
    """23.4% (21.0–25.9), with a hollow dot where indicative, or why nothing is known."""
    rate = row["won_by_rate"]
    if rate is None:
        return t(f"win_curves.{row['certainty']}")
    mark = "" if row["certainty"] == "firm" else "○ "
    if row["low_rate"] is None:
        return f"{mark}{fmt.rate(rate)}"
    low, high = (fmt.rate(row[name]).removesuffix("%") for name in ("low_rate", "high_rate"))
    return f"{mark}{fmt.rate(rate)} ({low}–{high})"


def naive(query: Query, look: Look) -> str:
    """What the usual figures say of the same deals, one at a time; returns which is shown."""
    asked = cohort(query)
    found = cache.report("naive", asked)
    opened = int(found["deals"][0])
    with layout.card(t("win_curves.naive_title"), t("win_curves.naive_read")):
        left, right = st.columns([1, 1.2], gap="medium")
        with left:
            method = _method()
            if opened:
                _beside(found.filter(pl.col("method") == method).row(-1, named=True), asked, look)
            else:
                st.caption(t("win_curves.none"))
        with right:
            if opened:
                chart = cache.chart(charts.naive, look, ("naive", asked), method=method)
                layout.show(chart, f"win_curves.{method}", t(f"win_curves.alt_{method}"))
        name = f"naive-{look.language}"
        tables.downloads(found, look, name=name, key="win_curves.naive", title="Usual figures")
    return method


def _method() -> str:
    return st.segmented_control(
        t("columns.method"),
        METHODS,
        format_func=session.words("method", METHODS).__getitem__,
        default=METHODS[0],
        key="win_curves.method",
        required=True,
        label_visibility="collapsed",
    )


def _beside(row: Row, asked: Query, look: Look) -> None:
    """The method's figure beside the honest one, how far it is off, and why."""
    stage = row[f"name_{look.language}"] if row["method"] == "snapshot" else None
    what = t("win_curves.what_won")
    if stage:
        what = t("win_curves.what_stage", stage=fmt.escaped(stage))
    st.markdown(what)
    with st.grid(2, min_column_width=150, gap="small"):
        layout.kpi(
            t(f"method.{row['method']}"),
            fmt.rate(row["naive_rate"]),
            _bias(row, look),
            fact=f"{fmt.count(row['count'])} / {fmt.count(row['whole'])}",
            rows="naive",
        )
        layout.kpi(
            t("columns.honest_rate"),
            fmt.rate(row["honest_rate"]),
            fact=_interval(row),
            rows="cohort",
        )
    st.markdown(_why(row))


def _bias(row: Row, look: Look) -> Change | None:
    """How far the figure is off; in grey where it lies inside the honest interval."""
    if row["bias_rate"] is None:
        return None
    side = _side(row)
    low, high = (
        row["honest_rate"] if row[n] is None else row[n] for n in ("low_rate", "high_rate")
    )
    is_inside = low <= row["naive_rate"] <= high
    words = t(f"win_curves.bias_{side}", points=fmt.points(row["bias_rate"], look.language))
    return Change(words, None if side == "same" else side == "high", None if is_inside else False)


def _interval(row: Row) -> str:
    if row["low_rate"] is None:
        return t("win_curves.no_interval", count=fmt.count(row["deals"]))
    ends = {"low": fmt.rate(row["low_rate"]), "high": fmt.rate(row["high_rate"])}
    return t("win_curves.interval", count=fmt.count(row["deals"]), **ends)


def _why(row: Row) -> str:
    """One sentence on where the bias comes from."""
    if row["honest_rate"] is None:
        return t("win_curves.why_unknown")
    if row["method"] != "closed_only":
        return t(f"win_curves.why_{row['method']}")
    still_open = row["deals"] - row["whole"]
    if not still_open:
        return t("win_curves.why_closed_all")
    return t(f"win_curves.why_closed_{_side(row)}", count=fmt.count(still_open))


def _side(row: Row) -> str:
    """Whether the figure reads high or low, or the same to the decimal that is shown."""
    bias = round(row["bias_rate"], 3)
    return "same" if bias == 0 else "high" if bias > 0 else "low"


def detail(query: Query, look: Look, *, group: tuple[str, str] | None, method: str) -> None:
    """The deals behind the group or the figure that was asked for; nothing while none is."""
    figure = layout.asked_rows()
    if group is None and figure not in ("naive", "cohort"):
        return
    found = cache.report("funnel-deals", cohort(query))
    if group is not None:
        title, found = _of_group(found, cohort(query), look, *group)
    elif figure == "naive":
        title, found = t(f"win_curves.rows_{method}"), found.filter(_BASES[method])
    else:
        title = t("win_curves.rows_cohort")
    rows.deals(found, look, title=title, key="win_curves.deals", expanded=True)


def _of_group(
    deals: pl.DataFrame, asked: Query, look: Look, by: str, group: str
) -> tuple[str, pl.DataFrame]:
    """Title and deals of a group; the others are whoever has no curve of their own."""
    if by == WHOLE:
        return t("win_curves.rows_cohort"), deals
    known = cache.report("win-by-day", replace(asked, by=by)).unique("group_id")
    value = pl.col("rep_id" if by == "rep" else by).cast(pl.String).fill_null("")
    named = known["group_id"].fill_null("")
    names = known.filter(named == group)["group"]
    title = t("win_curves.rows_group", group=charts.group_name(names[0], look, by))
    if group == OTHERS:
        return title, deals.filter(~value.is_in(named.to_list()))
    return title, deals.filter(value == group)

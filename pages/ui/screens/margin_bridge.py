"""Why gross profit changed: the card, what it compares, and the products behind each step."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from analytics.bridge_effects import BY_AMOUNT, EFFECTS
from analytics.query import DIMENSIONS, Query
from pages.ui import cache, codes, layout, rows, session
from pages.ui import format as fmt
from pages.ui.charts import bridge as charts
from pages.ui.charts.figure import Look
from pages.ui.session import t

Row = Mapping[str, Any]  # of the report `margin-bridge`
_DIMENSIONS = tuple(name for name in DIMENSIONS if name != "product")  # products are the steps
_DAY = timedelta(days=1)
_PRODUCT_COLUMNS = (
    "product", "before_gross_profit", "after_gross_profit", "change_gross_profit",
    *(f"{effect}_gross_profit" for effect in EFFECTS), "before_quantity", "after_quantity",
    "before_known_amount", "after_known_amount",
)  # fmt: skip


def cause(query: Query, look: Look) -> str:
    """How gross profit changed, and the two steps that moved it most; empty where unknown."""
    steps = charts.shown(cache.report("margin-bridge", query))
    if steps.is_empty():
        return ""
    largest = steps.top_k(2, by=pl.col("gross_profit").abs())
    said = t("common.sep").join(
        f"{t(f'bridge.cause_{effect}')} {charts.signed(value, look)}"
        for effect, value in largest.select("effect", "gross_profit").iter_rows()
    )
    net = charts.signed(int(steps["gross_profit"].sum()), look)
    return t("bridge.cause", net=net, causes=said)


def card(query: Query, look: Look) -> tuple[Query, str | None]:
    """The steps from before to after; returns what was asked and the step that was clicked."""
    with layout.card(t("bridge.title")):
        read = st.empty()
        asked = _asked(query, look)
        found = cache.report("margin-bridge", asked)
        if found.is_empty():
            st.caption(t("bridge.no_period"))
            return asked, None
        before, after = found.row(0, named=True), found.row(-1, named=True)
        if before["gross_profit"] is None or after["gross_profit"] is None:
            side = "before" if before["gross_profit"] is None else "after"
            st.caption(t(f"bridge.no_cost_{side}"))
            return asked, None
        names = [_side(row, asked, look) for row in (before, after)]
        levels = [look.money(row["gross_profit"]) for row in (before, after)]
        words = {"before": names[0], "after": names[1], "start": levels[0], "end": levels[1]}
        read.caption(fmt.literal(t("bridge.read", **words)))
        if charts.shown(found).is_empty():
            st.caption(t("bridge.nothing"))
            return asked, None
        chart = cache.chart(charts.bridge, look, ("margin-bridge", asked))
        clicked = layout.show(chart, "margin.bridge", _alt(found, look, words), selects=True)
        _notes(found, look)
        return asked, clicked


def _asked(query: Query, look: Look) -> Query:
    """The question, or about the two groups that are chosen instead of two periods."""
    modes = {"time": t("bridge.by_time"), "pair": t("bridge.by_pair")}
    usual = "pair" if query.since is None else "time"  # all time has nothing before it
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        mode = st.segmented_control(
            t("bridge.compare"),
            list(modes),
            format_func=modes.__getitem__,
            default=usual,
            key=f"margin.bridge_by.{usual}",
            required=True,
            label_visibility="collapsed",
        )
        return _pair(query, look) if mode == "pair" else query


def _pair(query: Query, look: Look) -> Query:
    """The question about two groups of a dimension, at first the two of the largest amount."""
    by = _choice("dimension", session.words("filters", _DIMENSIONS))
    groups = cache.report("margin", replace(query, by=by)).sort("won_amount", descending=True)
    names = {
        group_id or "": codes.word(look.language, by, group) if group else t("common.unknown")
        for group_id, group in groups.select("group_id", "group").iter_rows()
    }
    first = _choice("first", names, by=by)
    second = _choice("second", names, by=by, index=1 if len(names) > 1 else 0)
    return replace(query, by=by, pair=(first, second))


def _choice(name: str, words: dict[str, str], *, by: str = "", index: int = 0) -> str:
    chosen = st.selectbox(
        t(f"bridge.{name}"),
        list(words),
        index=index,
        format_func=words.__getitem__,
        key=f"margin.bridge_{name}.{by}",
        label_visibility="collapsed",
        width=130,
    )
    return str(chosen)


def _side(row: Row, asked: Query, look: Look) -> str:
    """The days of a side, or its group."""
    if asked.pair:
        group = row["group"]
        name = codes.word(look.language, asked.by, group) if group else t("common.unknown")
        return fmt.escaped(name)
    last = min((row["until"] or asked.as_of + _DAY) - _DAY, asked.as_of)
    since = fmt.day(row["since"], look.language)
    return t("filters.days", since=since, last=fmt.day(last, look.language))


def _alt(found: pl.DataFrame, look: Look, words: dict[str, str]) -> str:
    """The finding: from what to what, and the largest step either way."""
    steps = charts.shown(found).sort("gross_profit")
    lowest, highest = steps.row(0, named=True), steps.row(-1, named=True)
    return t(
        "bridge.alt",
        start=words["start"],
        end=words["end"],
        low=t(f"effect.{lowest['effect']}"),
        low_amount=charts.signed(lowest["gross_profit"], look),
        high=t(f"effect.{highest['effect']}"),
        high_amount=charts.signed(highest["gross_profit"], look),
    )


def _notes(found: pl.DataFrame, look: Look) -> None:
    """What the steps leave out or cannot tell."""
    parts = set(charts.shown(found)["effect"].cast(pl.String))
    if parts & set(BY_AMOUNT):
        st.caption(t("bridge.some_quantities" if "volume" in parts else "bridge.no_quantities"))
    before, after = (found.row(n, named=True)["unknown_amount"] for n in (0, -1))
    if before or after:
        words = {"before": look.money(before), "after": look.money(after)}
        st.caption(fmt.literal(t("bridge.unknown_left_out", **words)))


def of_effect(asked: Query, look: Look, effect: str | None) -> None:
    """The products that have a part in the step that was clicked, all while none is."""
    found = cache.report("margin-bridge-products", asked)
    if found.is_empty():
        return
    title, first = t("bridge.rows_all"), ["product"]
    if effect in EFFECTS:
        part = f"{effect}_gross_profit"
        first = ["product", part]
        found = found.drop_nulls(part).sort(
            pl.col(part).abs(), pl.col("product").cast(pl.String), descending=[True, False]
        )
        title = t("bridge.rows_effect", effect=t(f"effect.{effect}"))
    others = [n for n in _PRODUCT_COLUMNS if found[n].count() and n not in first]
    rows.listed(
        found,
        [*first, *others],
        look,
        title=title,
        key="margin.bridge",
        expanded=effect is not None,
        hint=t("bridge.rows_hint"),
        name="products",
    )

"""Margin against the size of the deal."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics.query import Query
from pages.ui import cache, layout, rows
from pages.ui import format as fmt
from pages.ui.charts import margin_spreads as charts
from pages.ui.charts.figure import SMALL, Look
from pages.ui.screens.margin import bin_words, grain_choice
from pages.ui.session import t

Cell = tuple[int, int]  # amount from, margin from in percent


def card(query: Query, look: Look) -> tuple[Query, Cell | None]:
    """How many deals have which size and margin; returns what was asked and the cell clicked."""
    with layout.card(t("margin_spreads.size_title")):
        read = st.empty()
        asked = replace(query, grain=grain_choice("size_grain"))
        sizes = cache.report("margin-sizes", asked)
        count = fmt.count(int(sizes["count"].sum()))
        read.caption(t(f"margin_spreads.size_read_{asked.grain}", count=count, small=SMALL))
        pair = ("margin-density", asked), ("margin-sizes", asked)
        chart = cache.chart(charts.density, look, *pair)
        clicked = layout.show(chart, "margin.density", _alt(sizes, look), selects=True)
    if clicked is None:
        return asked, None
    amount, _, percent = clicked.partition("|")
    return asked, (int(amount), int(percent))


def _alt(sizes: pl.DataFrame, look: Look) -> str:
    """The finding: the median of the smallest and of the largest class that have enough deals."""
    enough = sizes.filter(pl.col("count") >= SMALL)
    if enough.is_empty():
        return t("margin_spreads.size_few_alt")
    small, large = enough.row(0, named=True), enough.row(-1, named=True)
    return t(
        "margin_spreads.size_alt",
        small=look.money(small["from_amount"]),
        small_rate=fmt.rate(small["p50_rate"], 0),
        large=look.money(large["from_amount"]),
        large_rate=fmt.rate(large["p50_rate"], 0),
    )


def of_cell(asked: Query, look: Look, cell: Cell | None) -> None:
    """The won deals or lines of the cell that was clicked."""
    if cell is None:
        return
    amount, percent = cell
    sizes = cache.report("margin-sizes", asked)
    row = sizes.row(by_predicate=pl.col("from_amount") == amount, named=True)
    title = t(
        f"margin_spreads.size_rows_{asked.grain}",
        low=look.money(amount),
        high=look.money(row["to_amount"]),
        bin=bin_words(asked, percent),
    )
    found = cache.report("margin-rows", asked).filter(
        pl.col("amount") >= amount,
        pl.col("amount") < row["to_amount"],
        pl.col("bin_percent") == percent,
    )
    rows.margins(found, look, title=title, key="margin.size", expanded=True)

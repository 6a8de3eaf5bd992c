"""Won deals that need a look: below the floor, loss-making, unusual, of unknown cost."""

import polars as pl
import streamlit as st

from analytics import outliers
from analytics.query import Query
from pages.ui import cache, layout, rows, tables
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.screens.margin import FLOOR, loss_making
from pages.ui.session import t

_COLUMNS = (
    "customer", "gross_profit", "margin_rate", "amount", "product", "rep", "closed_on", "deal",
)  # fmt: skip
_UNUSUAL = ("usual_low_rate", "usual_high_rate", "compared_with")
_WIDTHS = {
    "customer": 120, "gross_profit": 100, "margin_rate": 68, "amount": 92, "product": 72,
    "rep": 60, "closed_on": 84, "deal": 170, "usual_low_rate": 70, "usual_high_rate": 70,
    "compared_with": 84,
}  # fmt: skip
_HEIGHT = 360


def card(query: Query, look: Look) -> None:
    """Deals of one of four kinds as rows, the worst first."""
    below, every = cache.report("low-margin-deals", query), cache.report("margin-rows", query)
    kinds = {
        "below": below,
        "loss": loss_making(below),
        "unusual": cache.report("margin-outliers", query),
        "unknown": every.filter(pl.col("cost").is_null()),
    }
    words = {
        kind: t(f"margin.low_{kind}", count=fmt.count(found.height), floor=FLOOR)
        for kind, found in kinds.items()
    }
    with layout.card(t("margin.low_title")):
        read = st.empty()
        kind = st.segmented_control(
            t("margin.low_filter"),
            list(kinds),
            format_func=words.__getitem__,
            default="below",
            key="margin.low",
            required=True,
            label_visibility="collapsed",
        )
        read.caption(_read(kind))
        _rows(kinds[kind], kind, look)


def _read(kind: str) -> str:
    if kind != "unusual":
        return t("margin.low_read")
    return t("margin.unusual_read", reach=outliers.WHISKER, few=outliers.FEWEST)


def _rows(found: pl.DataFrame, kind: str, look: Look) -> None:
    if found.is_empty():
        st.caption(t("margin.low_none"))
        return
    columns = [n for n in _COLUMNS if n != "product" or found[n].count()]
    if kind == "unusual":
        columns = [*columns[:3], *_UNUSUAL, *columns[3:]]
    tables.table(
        found.head(rows.MOST),
        columns,
        look,
        key="margin.low",
        alt=t(f"margin.low_{kind}", count=fmt.count(found.height), floor=FLOOR),
        widths={**_WIDTHS, "customer": tables.name_width(found["customer"], most=220)},
        opens=("deal", "customer", "rep"),
        height=_HEIGHT if found.height > rows.FEW else "content",
    )
    if found.height > rows.MOST:
        shown, every = fmt.count(rows.MOST), fmt.count(found.height)
        st.caption(t("common.first_rows", shown=shown, all=every))
    name = f"margin-{kind}-{look.language}"
    tables.downloads(found, look, name=name, key="margin.low", title="Margin")

"""The rows behind the cards: which deals or visits make a figure of the report `overview`."""

from dataclasses import replace

import polars as pl

from analytics import measures
from analytics.measures import LOST, OPEN, WON
from analytics.query import Query
from pages.ui import cache, layout, rows
from pages.ui.charts.figure import Look
from pages.ui.session import t

# Figure -> the rows that make it.
FIGURES = {
    "won_amount": "won",
    "attainment_rate": "won",
    "gross_profit": "lines",
    "margin_rate": "lines",
    "open_amount": "open",
    "win_rate": "decided",
    "new_deals": "new_deals",
    "visits": "visits",
}
# Rows -> the day of a deal that lies in the period (None: any), and which deals count.
_DEALS = {
    "won": ("closed_on", WON),
    "decided": ("closed_on", (WON | LOST) & pl.col("opened_on").is_not_null()),
    "open": (None, OPEN),
    "new_deals": ("opened_on", pl.lit(True)),
}


def made_of(figure: str, query: Query) -> pl.DataFrame:
    """The rows of one of FIGURES: deals, visits, or the lines that profits add up."""
    kind = FIGURES[figure]
    if kind == "lines":
        return cache.report("margin-rows", replace(query, grain="line"))
    if kind == "visits":
        return cache.report("visit-rows", query)
    day, counted = _DEALS[kind]
    inside = measures.within(day, query.since, query.until) if day else pl.lit(True)
    return cache.report("deals", query).filter(inside, counted)


def detail(query: Query, look: Look) -> None:
    """The rows of the figure whose card asks for them; nothing while none does."""
    figure = layout.asked_rows()
    if figure not in FIGURES:
        return
    title = t("behind.title", figure=t(f"columns.{figure}"), rows=t(f"behind.{FIGURES[figure]}"))
    show(figure, made_of(figure, query), look, title=title, key=f"behind.{figure}")


def show(figure: str, found: pl.DataFrame, look: Look, *, title: str, key: str) -> None:
    """Draw rows of `made_of` in an open fold."""
    draw = {"lines": rows.margins, "visits": rows.visits}.get(FIGURES[figure], rows.deals)
    draw(found, look, title=title, key=key, expanded=True)

"""The margin screen's sentence and cards."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from analytics import tiers
from analytics.query import Query
from pages.ui import cache, comparing, layout, menu, rows, session
from pages.ui import format as fmt
from pages.ui.charts import margins as charts
from pages.ui.charts.figure import Look
from pages.ui.screens import margin_bridge
from pages.ui.screens.figures import compared
from pages.ui.session import t

Row = Mapping[str, Any]
FLOOR = f"{tiers.LIMITS['office']}%"
VIEWS = ("leaks", "spread", "authority")
_ADDRESS = "view"  # where a link keeps which part of the screen is open
_UNDERFLOOR = pl.col("tier").cast(pl.String) == "gm"


def view() -> str:
    """Draw the choice of what is looked at and return it, one of VIEWS; the rest waits."""
    asked = session.in_address(_ADDRESS)
    session.keep("margin.view", asked if asked in VIEWS else VIEWS[0])
    chosen = st.segmented_control(
        t("margin.view"),
        VIEWS,
        format_func={name: t(f"margin.view_{name}") for name in VIEWS}.__getitem__,
        key="margin.view",
        on_change=_view_changed,
        required=True,
        label_visibility="collapsed",
    )
    return str(chosen)


def _view_changed() -> None:
    chosen = session.recall("margin.view")
    session.put_in_address(_ADDRESS, None if chosen == VIEWS[0] else chosen)


def nothing_won() -> None:
    """The empty state of a period in which nothing was won."""
    with (
        layout.empty("percent", t("margin.empty"), t("margin.empty_why")),
        st.container(horizontal=True, vertical_alignment="center", width="content"),
    ):
        st.button(t("margin.empty_all"), type="primary", key="margin.all", on_click=_all_time)
        menu.link("deals", label=t("margin.empty_deal"), icon=":material/add:")


def _all_time() -> None:
    session.keep_filters(session.Filters(period="all"))


def no_cost(known: Row, look: Look) -> None:
    """The state of a period whose deals have no cost: no number, and what to do."""
    why = t(
        "margin.no_cost_why",
        count=fmt.count(known["unknown_count"]),
        amount=look.money(known["won_amount"]),
    )
    with layout.empty("percent", t("margin.no_cost"), why):
        menu.link("deals", label=t("margin.cost_add"), icon=":material/edit:")


def sentence(query: Query, look: Look) -> str:
    """The answer: the rate, its change, its cause, what lies under the floor, what lost money."""
    cause = margin_bridge.cause(query, look)
    parts = [_rate_part(query, look), cause, _floor_part(query), _loss_part(query, look)]
    return t("overview.semicolon").join(filter(None, parts)) + t("overview.stop")


def _rate_part(query: Query, look: Look) -> str:
    known = compared(query, look)
    now, before = known.now["margin_rate"], known.other["margin_rate"]
    words = t("margin.answer_rate", rate=fmt.rate(now))
    if before is None or now is None:
        return words
    key = "margin.answer_up" if now >= before else "margin.answer_down"
    against = comparing.words(comparing.chosen())
    change = t(key, points=fmt.points(now - before, look.language), against=against)
    return words + t("overview.comma") + change


def _floor_part(query: Query) -> str:
    share = share_under_floor(query)
    if not share:
        return t("margin.answer_no_low", floor=FLOOR)
    return t("margin.answer_low", share=nearly(share), floor=FLOOR)


def nearly(share: float) -> str:
    """A share in whole percent; one that is not all does not round to 100 %, nor to 0 %."""
    return fmt.rate(share, 0 if share == 1 or 0.005 <= share < 0.995 else 1)


def _loss_part(query: Query, look: Look) -> str:
    lost = loss_making(cache.report("low-margin-deals", query))
    if lost.is_empty():
        return t("margin.answer_no_loss")
    amount = look.money(sum(lost["gross_profit"]))
    if lost.height == 1:
        return t("margin.answer_one_loss", amount=amount)
    return t("margin.answer_loss", count=fmt.count(lost.height), amount=amount)


def share_under_floor(query: Query) -> float:
    """Of the amount with known cost."""
    return float(cache.report("margin-tiers", query).filter(_UNDERFLOOR)["amount_rate"].sum())


def distribution(query: Query, look: Look) -> tuple[str, str | None]:
    """Margins over the tiers; returns the grain and the bin that was clicked."""
    with layout.card(t("margin.bins_title")):
        read = st.empty()
        with st.container(horizontal=True, gap="small"):
            measure = measure_choice()
            grain = grain_choice()
        asked = replace(query, grain=grain)
        quantiles = cache.report("margin-quantiles", asked).row(0, named=True)
        read.caption(t(f"margin.bins_read_{grain}", count=fmt.count(quantiles["count"])))
        pair = ("margin-distribution", asked), ("margin-quantiles", asked)
        chart = cache.chart(charts.distribution, look, *pair, measure=measure, grain=grain)
        alt = t(
            "margin.bins_alt",
            median=fmt.rate(quantiles["p50_rate"]),
            low=nearly(share_under_floor(asked)),
            floor=FLOOR,
        )
        return grain, layout.show(chart, "margin.bins", alt, selects=True)


def has_lines() -> bool:
    """Whether the department keeps order lines."""
    return not cache.department("deal_lines").is_empty()


def measure_choice(name: str = "measure") -> str:
    """What bars show: count or amount."""
    return _choice(name, ("count", "amount"), "by")


def grain_choice(name: str = "grain") -> str:
    """The grain that is chosen, deal or line; deal where no lines are kept."""
    return _choice(name, ("deal", "line"), "grain") if has_lines() else "deal"


def _choice(name: str, options: tuple[str, ...], words: str) -> str:
    return st.segmented_control(
        t(f"margin.{words}"),
        options,
        format_func={option: t(f"margin.{words}_{option}") for option in options}.__getitem__,
        default=options[0],
        key=f"margin.{name}",
        required=True,
        label_visibility="collapsed",
    )


def coverage(known: Row, look: Look) -> None:
    """How many won deals have all costs known, and which part of the amount that leaves.

    A deal of which some lines' cost is known counts as not known, but those lines' amount
    enters the margin.
    """
    won = known["count"] + known["unknown_count"]
    with layout.card(t("margin.coverage_title")):
        if not known["unknown_count"]:
            st.caption(t("margin.coverage_all", count=fmt.count(won)))
            return
        with st.container(horizontal=True, gap="medium"):
            st.metric(t("margin.coverage_known"), f"{fmt.count(known['count'])} / {fmt.count(won)}")
            st.metric(
                t("margin.coverage_amount"),
                fmt.literal(_part(known, look.money)),
                help=fmt.literal(_part(known, look.exact)),
            )
        amount = look.money(known["unknown_amount"])
        count = fmt.count(known["unknown_count"])
        st.caption(t("margin.coverage_some", count=count, amount=amount))
        menu.link("deals", label=t("margin.cost_add"), icon=":material/edit:")


def _part(known: Row, words: Callable[[int], str]) -> str:
    return f"{words(known['known_amount'])} / {words(known['won_amount'])}"


def of_bin(query: Query, look: Look, grain: str, clicked: str | None) -> None:
    """The won deals or lines of the bin that was clicked, all of the period while none is."""
    asked = replace(query, grain=grain)
    title, found = t(f"margin.rows_all_{grain}"), cache.report("margin-rows", asked)
    if clicked is not None:
        title = t(f"margin.rows_bin_{grain}", bin=bin_words(query, int(clicked)))
        found = found.filter(pl.col("bin_percent") == int(clicked))
    rows.margins(
        found,
        look,
        title=title,
        key="margin.bin",
        expanded=clicked is not None,
        hint=t("margin.rows_hint"),
    )


def bin_words(query: Query, percent: int) -> str:
    """A margin bin in words, by its lower edge as `bin_percent` has it."""
    bins = cache.report("margin-distribution", query)
    row = bins.row(charts.bin_keys(bins).index(str(percent)), named=True)
    return charts.bin_words(row["bin_low_rate"], row["bin_high_rate"])


def loss_making(below: pl.DataFrame) -> pl.DataFrame:
    """Those of the deals below the floor that cost more than they brought."""
    return below.filter(pl.col("gross_profit") < 0)

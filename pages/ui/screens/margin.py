"""The margin screen's sentence and cards."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from analytics import margins, tiers
from analytics.query import DIMENSIONS, Query
from pages.ui import cache, codes, comparing, layout, menu, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import margins as charts
from pages.ui.charts.figure import SMALL, Look
from pages.ui.screens.figures import compared
from pages.ui.session import t

Row = Mapping[str, Any]
_FLOOR = f"{tiers.LIMITS['office']}%"
_UNDER_FLOOR = pl.col("tier").cast(pl.String) == "gm"
_LOW_COLUMNS = (
    "customer", "gross_profit", "margin_rate", "amount", "product", "rep", "closed_on", "deal",
)  # fmt: skip
_LOW_WIDTHS = {
    "customer": 120, "gross_profit": 100, "margin_rate": 68, "amount": 92, "product": 72,
    "rep": 60, "closed_on": 84, "deal": 170,
}  # fmt: skip
_LOW_HEIGHT = 360
_MOST_GROUPS = 10
_CASES = {"deal": "deals", "line": "lines"}  # column of the report `margin` that counts them


def nothing_won() -> None:
    """The empty state of a period in which nothing was won."""
    with (
        layout.empty("percent", t("margin.empty"), t("margin.empty_why")),
        st.container(horizontal=True, vertical_alignment="center", width="content"),
    ):
        st.button(t("margin.empty_all"), type="primary", key="margin.all", on_click=_all_time)
        st.page_link(menu.address("deals"), label=t("margin.empty_deal"), icon=":material/add:")


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
        st.page_link(menu.address("deals"), label=t("margin.cost_add"), icon=":material/edit:")


def sentence(query: Query, look: Look) -> str:
    """The answer: the rate, its change, what lies under the floor, what lost money."""
    parts = [_rate_part(query, look), _floor_part(query), _loss_part(query, look)]
    return t("overview.semicolon").join(parts) + t("overview.stop")


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
    share = _share_under_floor(query)
    if not share:
        return t("margin.answer_no_low", floor=_FLOOR)
    return t("margin.answer_low", share=_nearly(share), floor=_FLOOR)


def _nearly(share: float) -> str:
    """A share in whole percent; one that is not all does not round to 100 %, nor to 0 %."""
    return fmt.rate(share, 0 if share == 1 or 0.005 <= share < 0.995 else 1)


def _loss_part(query: Query, look: Look) -> str:
    lost = _loss_making(cache.report("low-margin-deals", query))
    if lost.is_empty():
        return t("margin.answer_no_loss")
    amount = look.money(sum(lost["gross_profit"]))
    if lost.height == 1:
        return t("margin.answer_one_loss", amount=amount)
    return t("margin.answer_loss", count=fmt.count(lost.height), amount=amount)


def _share_under_floor(query: Query) -> float:
    """Of the amount with known cost."""
    return float(cache.report("margin-tiers", query).filter(_UNDER_FLOOR)["amount_rate"].sum())


def distribution(query: Query, look: Look) -> tuple[str, str | None]:
    """Margins over the tiers; returns the grain and the bin that was clicked."""
    with layout.card(t("margin.bins_title")):
        read = st.empty()
        with st.container(horizontal=True, gap="small"):
            measure = _choice("measure", ("count", "amount"), "by")
            grain = _choice("grain", ("deal", "line"), "grain") if _has_lines() else "deal"
        asked = replace(query, grain=grain)
        quantiles = cache.report("margin-quantiles", asked).row(0, named=True)
        read.caption(t(f"margin.bins_read_{grain}", count=fmt.count(quantiles["count"])))
        pair = ("margin-distribution", asked), ("margin-quantiles", asked)
        chart = cache.chart(charts.distribution, look, *pair, measure=measure, grain=grain)
        alt = t(
            "margin.bins_alt",
            median=fmt.rate(quantiles["p50_rate"]),
            low=_nearly(_share_under_floor(asked)),
            floor=_FLOOR,
        )
        return grain, layout.show(chart, "margin.bins", alt, selects=True)


def _has_lines() -> bool:
    return not cache.frame("deal_lines").is_empty()


def _choice(name: str, options: tuple[str, ...], words: str) -> str:
    return st.segmented_control(
        t(f"margin.{name}"),
        options,
        format_func={option: t(f"margin.{words}_{option}") for option in options}.__getitem__,
        default=options[0],
        key=f"margin.{name}",
        required=True,
        label_visibility="collapsed",
    )


def authority(query: Query, look: Look) -> None:
    """Who approves what: count, amount and share per tier, with the margins of each."""
    shown = cache.report("margin-tiers", query).with_columns(
        pl.col("tier")
        .cast(pl.String)
        .replace_strict(charts.tier_words(cache.report("margin-distribution", query)))
        .alias("margin_range"),
        share_rate="amount_rate",
    )
    share = _nearly(_share_under_floor(query))
    with layout.card(t("margin.tiers_title"), t("margin.tiers_read"), height="content"):
        tables.table(
            shown,
            ("tier", "margin_range", "count", "amount", "share_rate"),
            look,
            key="margin.tiers",
            alt=t("margin.tiers_alt", share=share),
            widths={"tier": 84, "margin_range": 92, "count": 56, "amount": 96, "share_rate": 68},
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
        st.page_link(menu.address("deals"), label=t("margin.cost_add"), icon=":material/edit:")


def _part(known: Row, words: Callable[[int], str]) -> str:
    return f"{words(known['known_amount'])} / {words(known['won_amount'])}"


def of_bin(query: Query, look: Look, grain: str, clicked: str | None) -> None:
    """The won deals or lines of the bin that was clicked, all of the period while none is."""
    asked = replace(query, grain=grain)
    title, found = t(f"margin.rows_all_{grain}"), cache.report("margin-rows", asked)
    if clicked is not None:
        bins = cache.report("margin-distribution", asked)
        row = bins.row(charts.bin_keys(bins).index(clicked), named=True)
        words = charts.bin_words(row["bin_low_rate"], row["bin_high_rate"])
        title = t(f"margin.rows_bin_{grain}", bin=words)
        found = found.filter(pl.col("bin_percent") == int(clicked))
    rows.margins(
        found,
        look,
        title=title,
        key="margin.bin",
        expanded=clicked is not None,
        hint=t("margin.rows_hint"),
    )


def by_group(query: Query, look: Look) -> tuple[str, str] | None:
    """Margin by a chosen dimension; returns the dimension and the group that was clicked."""
    with layout.card(t("margin.groups_title")):
        read = st.empty()
        dimensions = (*DIMENSIONS, "category") if _has_lines() else DIMENSIONS
        by = st.selectbox(
            t("margin.dimension"),
            dimensions,
            index=DIMENSIONS.index("product"),
            format_func=session.words("filters", dimensions).__getitem__,
            key="margin.by",
            label_visibility="collapsed",
            width=190,
        )
        read.caption(t(f"margin.groups_read_{_grain_of(by)}", small=SMALL))
        asked = replace(query, by=by)
        groups = cache.report("margin", asked)
        known = groups.drop_nulls("margin_rate")
        pair = ("margin", asked), ("margin-quantiles", query)
        options = {"dimension": by, "cases": _CASES[_grain_of(by)], "most": _MOST_GROUPS}
        chart = cache.chart(charts.by_group, look, *pair, **options)
        clicked = layout.show(chart, "margin.groups", _groups_alt(known, by, look), selects=True)
        if known.height > _MOST_GROUPS:
            st.caption(t("margin.groups_more", shown=_MOST_GROUPS, all=fmt.count(known.height)))
        if groups.height > known.height:
            left_out = fmt.count(groups.height - known.height)
            st.caption(t("margin.groups_unknown", count=left_out))
        return (by, clicked) if clicked is not None else None


def _groups_alt(known: pl.DataFrame, by: str, look: Look) -> str:
    words = t(f"filters.{by}")
    enough = known.filter(pl.col(_CASES[_grain_of(by)]) - pl.col("unknown_count") >= SMALL)
    if enough.is_empty():
        return t("margin.groups_few_alt", dimension=words)
    worst = enough.sort("margin_rate").row(0, named=True)
    name = codes.word(look.language, by, worst["group"] or t("common.unknown"))
    return t("margin.groups_alt", dimension=words, worst=name, rate=fmt.rate(worst["margin_rate"]))


def of_group(query: Query, look: Look, group: tuple[str, str] | None) -> None:
    """The won deals, or of a product the lines, of the group that was clicked."""
    if group is None:
        return
    by, value = group
    grain = _grain_of(by)
    every = cache.report("margin-rows", replace(query, grain=grain))
    text = pl.col("rep_id" if by == "rep" else by).cast(pl.String)
    found = every.filter(text == value if value else text.is_null())
    name = t("common.unknown")
    if value:
        name = found["rep"][0] if by == "rep" else codes.word(look.language, by, value)
    title = t(f"margin.rows_group_{grain}", group=name)
    rows.margins(found, look, title=title, key="margin.group", expanded=True)


def _grain_of(by: str) -> str:
    """What a group of the report `margin` is made of; the lines of a deal differ in product."""
    return "line" if _has_lines() and by in margins.OF_LINES else "deal"


def low(query: Query, look: Look) -> None:
    """Deals below the floor, loss-making ones, those of unknown cost: worst first, as rows."""
    below = cache.report("low-margin-deals", query)
    every = cache.report("margin-rows", query)
    kinds = {
        "below": below,
        "loss": _loss_making(below),
        "unknown": every.filter(pl.col("cost").is_null()),
    }
    words = {
        kind: t(f"margin.low_{kind}", count=fmt.count(found.height), floor=_FLOOR)
        for kind, found in kinds.items()
    }
    with layout.card(t("margin.low_title"), t("margin.low_read")):
        kind = st.segmented_control(
            t("margin.low_filter"),
            list(kinds),
            format_func=words.__getitem__,
            default="below",
            key="margin.low",
            required=True,
            label_visibility="collapsed",
        )
        _low_rows(kinds[kind], kind, look)


def _low_rows(found: pl.DataFrame, kind: str, look: Look) -> None:
    if found.is_empty():
        st.caption(t("margin.low_none"))
        return
    tables.table(
        found.head(rows.MOST),
        [n for n in _LOW_COLUMNS if n != "product" or found[n].count()],
        look,
        key="margin.low",
        alt=t("margin.low_alt", count=fmt.count(found.height), floor=_FLOOR),
        widths={**_LOW_WIDTHS, "customer": tables.name_width(found["customer"], most=220)},
        opens=("deal", "customer", "rep"),
        height=_LOW_HEIGHT if found.height > rows.FEW else "content",
    )
    if found.height > rows.MOST:
        shown, every = fmt.count(rows.MOST), fmt.count(found.height)
        st.caption(t("common.first_rows", shown=shown, all=every))
    name = f"margin-{kind}-{look.language}"
    tables.downloads(found, look, name=name, key="margin.low", title="Margin")


def _loss_making(below: pl.DataFrame) -> pl.DataFrame:
    return below.filter(pl.col("gross_profit") < 0)

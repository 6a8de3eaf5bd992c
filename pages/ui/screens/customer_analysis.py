"""The sentence and cards of the screen on all customers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from analytics import concentration, customers, freshness
from analytics.query import Query
from pages.ui import cache, codes, comparing, filters, layout, menu, rows, session
from pages.ui import format as fmt
from pages.ui.charts import customers as charts
from pages.ui.charts.figure import SMALL, Look
from pages.ui.screens import silence
from pages.ui.screens.figures import in_points
from pages.ui.session import t

Row = Mapping[str, Any]
_MOST_GROUPS = 16
WINDOW_MONTHS = {"12": 12, "24": 24, "all": None}
_BOUGHT_COLUMNS = ("customer", "won_amount", "amount_rate", "won", "last_order_on", "owner")
_SEGMENT_COLUMNS = (
    "customer", "segment", "won_amount", "won", "recency_days", "scores", "last_order_on", "owner",
    "region",
)  # fmt: skip


def is_empty() -> bool:
    """Whether there are no customers at all."""
    return cache.department("customers").is_empty()


def nothing_yet() -> None:
    """The empty state of a department without customers."""
    with layout.empty("domain", t("customers.empty"), t("customers.empty_why")):
        menu.link("customers", label=t("customers.new"), icon=":material/add:")


def standing(query: Query) -> Query:
    """The question as of the period's last day so far, for lists that have no period."""
    return replace(query, as_of=customers.last_day(query))


def sentence(query: Query, look: Look) -> str:
    """The answer: how much hangs on ten customers, how many are silent, how many are seen."""
    parts = [_carried(query, look), silence.summary(standing(query)), _touched(query, look)]
    return t("overview.semicolon").join(part for part in parts if part) + t("overview.stop")


def _carried(query: Query, look: Look) -> str:
    known = cache.report("concentration", query).row(0, named=True)
    if known["top_rate"] is None:
        return t("customer_analysis.answer_none")
    words = {"amount": look.money(known["won_amount"]), "count": fmt.count(known["customers"])}
    if known["customers"] <= concentration.TOP:
        return t("customer_analysis.answer_few", **words)
    rate = fmt.rate(known["top_rate"], 0)
    return t("customer_analysis.answer_top", top=concentration.TOP, rate=rate, **words)


def _touched(query: Query, look: Look) -> str:
    now = standing(query)
    groups = cache.report("freshness", replace(now, by="rep"))
    active = int(groups["customers"].sum())
    if not active:
        return ""
    rate = fmt.rate(int(groups["fresh"].sum()) / active, 0)
    month = fmt.month(now.as_of, look.language)
    return t("customer_analysis.answer_touched", rate=rate, month=month)


def spread(query: Query, look: Look) -> None:
    """How concentrated the won amount is: four figures and the Lorenz curve."""
    known = cache.report("concentration", query).row(0, named=True)
    count = fmt.count(known["customers"])
    with layout.card(
        t("customer_analysis.spread_title"), t("customer_analysis.spread_read", count=count)
    ):
        if known["top_rate"] is None:
            st.caption(t("customer_analysis.spread_none"))
            return
        _figures(known, query, look)
        pair = ("lorenz", query), ("concentration", query)
        chart = cache.chart(charts.lorenz, look, *pair, top=concentration.TOP)
        rate = fmt.rate(known["top_rate"], 0)
        alt = t("customer_analysis.spread_alt", top=concentration.TOP, rate=rate)
        layout.show(chart, "customer_analysis.lorenz", alt)
        if known["unknown_customer_amount"]:
            amount = look.money(known["unknown_customer_amount"])
            st.caption(fmt.literal(t("customer_analysis.spread_unknown", amount=amount)))


def _figures(known: Row, query: Query, look: Look) -> None:
    """Top ten and largest against the comparison, HHI as so many equal customers, Gini."""
    asked = comparing.asked(query)
    other = cache.report("concentration", asked).row(0, named=True) if asked else {}
    with st.grid(4, min_column_width=110, gap="small"):
        for name in ("top_rate", "largest_rate"):
            change = in_points(known[name], other.get(name), look)
            change = change and change._replace(is_good=None)  # neither good nor bad in itself
            layout.metric(t(f"customer_analysis.{name}"), fmt.rate(known[name]), change)
        hhi = t("customer_analysis.hhi", value=fmt.count(known["hhi"], 1))
        equal = fmt.count(known["equal_customers"])
        layout.metric(t("customer_analysis.equal"), equal, exact=hhi)
        gini = fmt.count(known["gini_rate"], 2)
        layout.metric(t("columns.gini_rate"), gini, exact=t("customer_analysis.gini"))


def segments(query: Query, look: Look) -> tuple[Query, str | None]:
    """Segments of the chosen window; returns its question and the segment that was clicked."""
    with layout.card(t("customer_analysis.segments_title"), t("customer_analysis.segments_read")):
        months = WINDOW_MONTHS[_window()]
        asked = query.over(None, query.until) if months is None else filters.trailing(query, months)
        found = cache.report("customer-segments", asked)
        known = int(found["customers"].sum())
        if not known:
            st.caption(t("customer_analysis.segments_none"))
            return asked, None
        st.caption(_window_words(asked, known, look))
        chart = cache.chart(charts.segments, look, ("customer-segments", asked))
        best = found.row(0, named=True)
        alt = t(
            "customer_analysis.segments_alt",
            segment=t(f"segment.{best['segment']}"),
            customers=fmt.rate(best["customers_rate"], 0),
            amount=fmt.rate(best["amount_rate"], 0),
        )
        return asked, layout.show(chart, "customer_analysis.segments", alt, selects=True)


def _window() -> str:
    words = {name: t(f"customer_analysis.window_{name}") for name in WINDOW_MONTHS}
    return st.segmented_control(
        t("customer_analysis.window"),
        list(WINDOW_MONTHS),
        format_func=words.__getitem__,
        default="24",
        key="customer_analysis.window",
        required=True,
        label_visibility="collapsed",
    )


def _window_words(asked: Query, known: int, look: Look) -> str:
    """From when to when orders count, of how many customers, and whether these are too few."""
    last = fmt.day(customers.last_day(asked), look.language)
    since = fmt.day(asked.since, look.language)
    key = "customer_analysis.window_since" if asked.since else "customer_analysis.window_until"
    words = t(key, since=since, last=last, count=fmt.count(known))
    few = t("customer_analysis.segments_few", few=customers.FEWEST)
    return words + (few if known < customers.FEWEST else "")


def behind(query: Query, look: Look, window: Query, segment: str | None) -> None:
    """The customers of the period, and those of the window or of the segment that was clicked."""
    bought = cache.report("customer-rfm", query)
    rows.listed(
        bought, _BOUGHT_COLUMNS, look,
        title=t("customer_analysis.rows_bought"), key="customer_analysis.bought", expanded=False,
        name="customers",
    )  # fmt: skip
    found = cache.report("customer-rfm", window)
    title = t("customer_analysis.rows_window")
    if segment:
        found = found.filter(pl.col("segment").cast(pl.String) == segment)
        words = codes.word(look.language, "segment", segment)
        title = t(
            "customer_analysis.rows_segment",
            segment=words,
            why=t(f"customer_analysis.why_{segment}"),
        )
    scores = ("recency_score", "frequency_score", "money_score")
    shown = found.with_columns(scores=pl.concat_str(*scores, separator="-"))
    rows.listed(
        shown, _SEGMENT_COLUMNS, look,
        title=title, key="customer_analysis.segment", expanded=bool(segment),
        name="customers",
    )  # fmt: skip


def touched(query: Query, look: Look) -> tuple[str, str] | None:
    """Who was touched this month, by whom; returns the dimension and the group clicked."""
    now = standing(query)
    month = fmt.month(now.as_of, look.language)
    last = fmt.short_day(now.as_of, look.language)
    read = t("customer_analysis.fresh_read", month=month, last=last, small=SMALL)
    with layout.card(t("customer_analysis.fresh_title"), read, height="content"):
        by = st.pills(
            t("customer_analysis.by"),
            freshness.GROUPS,
            format_func=session.words("filters", freshness.GROUPS).__getitem__,
            default="rep",
            key="customer_analysis.by",
            required=True,
            label_visibility="collapsed",
        )
        asked = replace(now, by=by)
        groups = cache.report("freshness", asked)
        if groups.is_empty():
            st.caption(t("customer_analysis.fresh_none"))
            return None
        options = {"dimension": by, "most": _MOST_GROUPS}
        chart = cache.chart(charts.freshness, look, ("freshness", asked), **options)
        stale = fmt.count(int(groups["stale"].sum()))
        alt = t(
            "customer_analysis.fresh_alt",
            stale=stale,
            all=fmt.count(int(groups["customers"].sum())),
        )
        clicked = layout.show(chart, "customer_analysis.fresh", alt, selects=True)
        if groups.height > _MOST_GROUPS:
            every = fmt.count(groups.height)
            st.caption(t("customer_analysis.fresh_more", shown=_MOST_GROUPS, all=every))
        return (by, clicked) if clicked is not None else None

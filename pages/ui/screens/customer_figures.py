"""One customer's figures, and the head of the page that shows them."""

from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from analytics.query import Query
from pages.ui import cache, codes, filters, layout, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.screens.figures import card_money
from pages.ui.session import t

ADDRESS = "customer"
SEGMENT_MONTHS = 24

Row = dict[str, Any]


class Opened(NamedTuple):
    """The customer whose page is open."""

    id: str
    name: str
    query: Query  # everything about this customer so far
    now: Row  # report `overview`
    care: Row  # report `customer-care`
    score: Row | None  # report `customer-rfm` of the last months, None without an order in them


def opened() -> Opened | None:
    """The customer that the address names, if the store knows it."""
    asked = cache.customer_at(ADDRESS)
    found = cache.frame("customers").filter(pl.col("customer_id") == (asked or ""))
    if asked is None or found.is_empty():
        return None
    whole = Query(as_of=cache.as_of())
    query = Query(as_of=whole.as_of, customer=(asked,))
    scores = cache.report("customer-rfm", filters.trailing(whole, SEGMENT_MONTHS))
    return Opened(
        id=asked,
        name=found["customer"][0],
        query=query,
        now=cache.report("overview", query).row(0, named=True),
        care=_of(cache.report("customer-care", whole), asked) or {},
        score=_of(scores, asked),
    )


def _of(rows: pl.DataFrame, customer_id: str) -> Row | None:
    found = rows.filter(pl.col("customer_id") == customer_id)
    return None if found.is_empty() else found.row(0, named=True)


def sentence(known: Opened, look: Look) -> str:
    """The answer: what was won with whom, when they were last seen, whether they slip away."""
    name, won = fmt.escaped(known.name), known.now["won"]
    amount = look.money(known.now["won_amount"])
    key = "customer.answer_won" if won else "customer.answer_no_order"
    parts = [t(key, name=name, count=fmt.count(won), amount=amount), _silence(known.care)]
    return t("overview.semicolon").join(part for part in parts if part) + t("overview.stop")


def _silence(care: Row) -> str:
    if care.get("since_days") is None:
        return t("customer.answer_no_contact")
    words = t("customer.answer_contact", days=fmt.count(care["since_days"]))
    if care["usual_gap_days"] is not None:
        words += t("customer.answer_usual", gap=_gap(care))
    if care["is_at_risk"]:
        return words + t("customer.answer_at_risk")
    return words + (t("customer.answer_dormant") if care["is_dormant"] else "")


def _gap(care: Row) -> str:
    gap = care["usual_gap_days"]
    return fmt.count(gap, 0 if gap.is_integer() else 1)


def badges(known: Opened) -> None:
    """Which kind of customer this is: tracking class and segment."""
    tracking, score = known.care.get("tracking"), known.score
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if tracking:
            st.badge(codes.word(session.language(), "tracking", tracking), color="gray")
        if score is None:
            st.caption(t("customer.no_segment", months=SEGMENT_MONTHS), width="content")
            return
        st.badge(t(f"segment.{score['segment']}"), color="blue")
        why = t(f"customer_analysis.why_{score['segment']}")
        st.caption(t("customer.segment", months=SEGMENT_MONTHS, why=why), width="content")


def wall(known: Opened, look: Look) -> None:
    """Six figures: what was won and left, what is open, how often they buy, when last seen."""
    now = known.now
    costed = {"known": fmt.count(now["won"] - now["unknown_count"]), "all": fmt.count(now["won"])}
    costs = t("rep.profit_fact", **costed) if now["won"] else t("overview.none_won")
    closed = {"closed": fmt.count(now["won"] + now["lost"]), "won": fmt.count(now["won"])}
    with st.grid(6, min_column_width=150, gap="small"):
        _money("won_amount", now, t("customer.orders", count=fmt.count(now["won"])), look)
        _money("gross_profit", now, costs, look)
        layout.kpi(t("columns.margin_rate"), fmt.rate(now["margin_rate"]), fact=costs)
        _open(known, look)
        fact = t("overview.closed_fact", **closed)
        layout.kpi(t("columns.win_rate"), fmt.rate(now["win_rate"]), fact=fact)
        _contact_card(known.care)


def _money(name: str, now: Row, fact: str, look: Look) -> None:
    value, exact = card_money(now[name], look), look.exact(now[name])
    layout.kpi(t(f"columns.{name}"), value, fact=fact, exact=exact)


def _open(known: Opened, look: Look) -> None:
    """What is open; unknown while no open deal has an amount."""
    listed = cache.report("deals", known.query)
    amounts = listed.filter(pl.col("status").cast(pl.String) == "open")["amount"]
    is_unknown = amounts.len() > 0 and not amounts.count()
    now = {"open_amount": None if is_unknown else known.now["open_amount"]}
    key = "customer.open_unknown" if is_unknown else "overview.open_fact"
    _money("open_amount", now, t(key, count=fmt.count(known.now["open"])), look)


def _contact_card(care: Row) -> None:
    fact = t("customer.no_gap")
    if care.get("usual_gap_days") is not None:
        fact = t("customer.gap", gap=_gap(care))
    layout.kpi(t("customer.last_contact"), fmt.count(care.get("since_days")), fact=fact)

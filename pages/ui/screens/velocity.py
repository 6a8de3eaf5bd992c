"""The card of sales velocity: what the pipeline brings a day, and its four levers."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from analytics.query import Query
from analytics.velocity import LEVERS
from pages.ui import cache, layout, rows
from pages.ui import format as fmt
from pages.ui.charts.figure import SMALL, Look
from pages.ui.layout import Change
from pages.ui.screens import behind, conversion, figures
from pages.ui.session import t

Row = Mapping[str, Any]  # one row of the report `velocity`
# Lever -> the figure of the overview that is made of the same deals.
_MADE_OF = {
    "open": "open_amount",
    "win_rate": "win_rate",
    "mean_won_amount": "won_amount",
    "mean_cycle_days": "won_amount",
}


def card(query: Query, look: Look) -> None:
    """The velocity, each lever with what 10 % better of it would add, and the rows behind."""
    now, *better = cache.report("velocity", query).to_dicts()
    with layout.card(t("pipeline.velocity_title"), t("pipeline.velocity_read"), height="content"):
        if now["day_amount"] is None:
            st.caption(t(f"pipeline.velocity_unknown_{_unknown(now)}"))
        with st.grid(5, min_column_width=140, gap="small"):
            _velocity(now, query, look)
            for changed in better:
                _lever(changed["lever"], now, changed, look)
        if now["day_amount"] is not None:
            st.caption(_caution(now))
        _behind(query, look)


def _unknown(now: Row) -> str:
    """Which lever is unknown, or that a cycle of no days divides nothing."""
    return next((lever for lever in LEVERS if now[lever] is None), "zero")


def _caution(now: Row) -> str:
    identity = t("pipeline.velocity_identity")
    if now["won"] >= SMALL:
        return identity
    few = t("pipeline.velocity_small", won=fmt.count(now["won"]))
    return few + t("overview.semicolon") + identity


def _velocity(now: Row, query: Query, look: Look) -> None:
    other = conversion.other(query)
    before = cache.report("velocity", other).row(0, named=True)
    compared = figures.Comparison(now, dict.fromkeys(now) if other == query else before, look)
    with st.container(gap="xsmall"):
        layout.metric(
            t("columns.day_amount"),
            figures.card_money(now["day_amount"], look),
            *compared.of_sum("day_amount"),
            exact=None if now["day_amount"] is None else look.exact(now["day_amount"]),
        )
        st.caption(fmt.literal(t("pipeline.month", amount=look.money(now["month_amount"]))))


def _lever(lever: str, now: Row, changed: Row, look: Look) -> None:
    gain = changed["gain_month_amount"]
    label = t(f"pipeline.lever_{lever}")
    with st.container(gap="xsmall"):
        layout.metric(
            label,
            _value(lever, now, look, is_card=True),
            None if gain is None else Change(_gain(gain, look), is_up=True, is_good=None),
        )
        if gain is not None:
            st.caption(fmt.literal(t("pipeline.lever_to", value=_value(lever, changed, look))))
        layout.rows_button(f"velocity_{lever}", label)


def _gain(amount: int, look: Look) -> str:
    return t("pipeline.lever_gain", amount=look.money(amount))


def _value(lever: str, row: Row, look: Look, *, is_card: bool = False) -> str:
    """A lever in words; on a card its unit is in small type."""
    value = row[lever]
    if lever == "win_rate":
        return fmt.rate(value)
    if lever == "mean_won_amount":
        return figures.card_money(value, look) if is_card else look.money(value)
    if lever == "mean_cycle_days" and value is not None:
        key = "pipeline.days_card" if is_card else "pipeline.days"
        return t(key, days=fmt.count(value, 1))
    return fmt.count(value)


def _behind(query: Query, look: Look) -> None:
    """The deals of the lever whose button was pressed; nothing while none was."""
    asked = layout.asked_rows() or ""
    lever = asked.removeprefix("velocity_")
    if asked == lever or lever not in _MADE_OF:
        return
    figure = _MADE_OF[lever]
    kind = t(f"behind.{behind.FIGURES[figure]}")
    title = t("behind.title", figure=t(f"pipeline.lever_{lever}"), rows=kind)
    found = behind.made_of(figure, query)
    rows.deals(found, look, title=title, key=f"velocity.{lever}", expanded=True)

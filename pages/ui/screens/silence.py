"""Customers that are slipping away: at risk, dormant or not touched this month, with reasons."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics import at_risk
from analytics.query import Query
from pages.ui import cache, codes, layout, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.session import t

_ADDRESS = "idle_days"  # where a link keeps the days that make a customer dormant
_DAYS = (30, 60, 90, 180)
_KINDS = {  # list -> the customers of the report `customer-care` that are in it
    "at_risk": pl.col("is_at_risk"),
    "dormant": pl.col("is_dormant"),
    "stale": ~pl.col("is_fresh"),
}
_COLUMNS = (
    "customer", "why", "won_amount", "rep", "last_visit_on", "last_order_on", "tracking",
)  # fmt: skip
_HEIGHT = 420


def asked(query: Query) -> Query:
    """The question with the days of silence that the person chose, or that a link names."""
    named = session.in_address(_ADDRESS) or str(session.recall("silence.days"))
    chosen = next((days for days in _DAYS if str(days) == named), query.idle_days)
    return replace(query, idle_days=chosen)


def summary(query: Query) -> str:
    """How many are at risk and how many dormant, in words."""
    found = cache.report("customer-care", asked(query))
    counts = {kind: found.filter(test).height for kind, test in _KINDS.items()}
    return t(
        "silence.answer",
        at_risk=fmt.count(counts["at_risk"]),
        dormant=fmt.count(counts["dormant"]),
        days=asked(query).idle_days,
    )


def lists(query: Query, look: Look) -> None:
    """The customers at risk, dormant or stale, those who ordered most first, as rows."""
    now = asked(query)
    care = cache.report("customer-care", now)
    kinds = {kind: care.filter(test) for kind, test in _KINDS.items()}
    words = {
        kind: t(f"silence.{kind}", count=fmt.count(found.height)) for kind, found in kinds.items()
    }
    with layout.card(t("silence.title")):
        read = st.empty()
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            kind = st.segmented_control(
                t("silence.kind"),
                list(kinds),
                format_func=words.__getitem__,
                default="at_risk",
                key="silence.kind",
                required=True,
                label_visibility="collapsed",
            )
            if kind == "dormant":
                _days(now)
        read.caption(_read(kind, now, care, look))
        _rows(kinds[kind], kind, look)


def _days(query: Query) -> None:
    """The choice of the days of silence that make a customer dormant."""
    words = {days: t("silence.days", days=days) for days in _DAYS}
    session.keep("silence.days", query.idle_days)
    st.selectbox(
        t("silence.days_label"),
        _DAYS,
        format_func=words.__getitem__,
        key="silence.days",
        on_change=lambda: session.put_in_address(_ADDRESS, str(session.recall("silence.days"))),
        label_visibility="collapsed",
        width=150,
    )


def _read(kind: str, query: Query, care: pl.DataFrame, look: Look) -> str:
    """What puts a customer on the list, and whether there are visits to go by."""
    day = fmt.day(query.as_of, look.language)
    words = t(f"silence.read_{kind}", day=day, days=query.idle_days, times=at_risk.TIMES_USUAL)
    is_visited = kind == "stale" or care["last_visit_on"].count() > 0
    return words if is_visited else words + t("silence.orders_only")


def _rows(found: pl.DataFrame, kind: str, look: Look) -> None:
    if found.is_empty():
        st.caption(t("silence.none"))
        return
    shown = found.with_columns(why=_why(kind, look))
    tables.table(
        shown.head(rows.MOST),
        _COLUMNS,
        look,
        key=f"silence.{kind}",
        alt=t(f"silence.{kind}", count=fmt.count(found.height)),
        opens=("customer", "rep"),
        widths={"customer": tables.name_width(found["customer"], most=160), "why": 275, "rep": 72},
        height=_HEIGHT if found.height > rows.FEW else "content",
    )
    if found.height > rows.MOST:
        count = fmt.count(found.height)
        st.caption(t("common.first_rows", shown=fmt.count(rows.MOST), all=count))
    name = f"customers-{kind}-{look.language}"
    tables.downloads(shown, look, name=name, key=f"silence.{kind}", title="Customers")


def _why(kind: str, look: Look) -> pl.Expr:
    """Why a customer is on a list, in words: usually every 21 days, last visit 63 days ago."""
    if kind == "stale":
        touched = pl.format(look.t("silence.why_touched", days="{}"), "untouched_days")
        return pl.coalesce(touched, pl.lit(look.t("silence.why_untouched")))
    is_visit = (pl.col("last_visit_on") == pl.col("last_contact_on")).fill_null(False)
    visit, order = (pl.lit(look.t(f"silence.{kind}")) for kind in ("visit", "order"))
    last = pl.when(is_visit).then(visit).otherwise(order)
    gap = pl.col("usual_gap_days").cast(pl.String).str.strip_suffix(".0")
    habit = look.t("silence.why_habit", gap="{}", kind="{}", days="{}")
    contact = look.t("silence.why_contact", kind="{}", days="{}")
    return pl.coalesce(
        pl.format(habit, gap, last, "since_days"),
        pl.format(contact, last, "since_days"),
        pl.format(look.t("silence.why_never", days="{}"), "idle_days"),
        pl.lit(look.t("silence.why_unknown")),
    )


def of_group(query: Query, look: Look, group: tuple[str, str] | None) -> None:
    """The customers that the group which was clicked did not touch this month."""
    if group is None:
        return
    by, value = group
    text = pl.col("rep_id" if by == "rep" else by).cast(pl.String)
    stale = cache.report("customer-care", asked(query)).filter(_KINDS["stale"])
    found = stale.filter(text == value if value else text.is_null())
    name = codes.word(look.language, by, value) if value else t("common.unknown")
    if by == "rep" and value:
        name = dict(cache.names("reps", look.language).iter_rows()).get(value, value)
    rows.listed(
        found.with_columns(why=_why("stale", look)), _COLUMNS, look,
        title=t("silence.rows_stale", group=name), key="silence.group", expanded=True,
        name="customers",
    )  # fmt: skip

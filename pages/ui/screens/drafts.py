"""The words a weekly report starts from, taken from what was filed; the rep edits them."""

from datetime import date, timedelta

import polars as pl

from analytics import periods
from data.records import Visit
from pages.ui import cache, fields, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.forms import Values
from pages.ui.session import t

_NAMED = 3  # deals named in one part of the summary
_LISTED = 8  # lines of a drafted plan
_NOTE = 300  # characters taken over from a visit


def deal_name(deal: Values) -> str:
    """What a deal is called: its name, else its product, else its customer."""
    return str(deal["deal"] or deal["product"] or deal["customer"] or fmt.UNKNOWN)


def summary(facts: Values, deals: pl.DataFrame, look: Look) -> str | None:
    """One sentence of what happened; None when nothing did."""
    parts = list(_counts(facts))
    closed = deals.filter("is_closed")
    won, lost = (closed.filter(pl.col("status") == status) for status in ("won", "lost"))
    if won.height:
        amount = look.money(int(won["amount"].sum()))
        parts.append(t("weekly.draft_won", count=won.height, amount=amount, names=_names(won)))
    if lost.height:
        parts.append(t("weekly.draft_lost", count=lost.height, names=_names(lost)))
    moved = deals.filter(
        pl.col("status") == "open",
        pl.col("stage_before").is_not_null(),
        pl.col("stage") != pl.col("stage_before"),
    )
    if moved.height:
        parts.append(t("weekly.draft_moved", names=_moves(moved)))
    return t("weekly.draft_comma").join(parts) + t("weekly.draft_stop") if parts else None


def _counts(facts: Values) -> list[str]:
    parts = []
    if facts["visits"]:
        customers = facts["customers_visited"]
        parts.append(t("weekly.draft_visits", visits=facts["visits"], customers=customers))
    if facts["new_deals"]:
        parts.append(t("weekly.draft_new", count=facts["new_deals"]))
    return parts


def _names(deals: pl.DataFrame) -> str:
    named = [deal_name(deal) for deal in deals.head(_NAMED).to_dicts()]
    return t("common.sep").join([*named, "…"] if deals.height > _NAMED else named)


def _moves(deals: pl.DataFrame) -> str:
    stages = fields.options("stages")
    moves = [
        t("weekly.draft_moved_one", name=deal_name(deal), stage=stages.get(deal["stage"], ""))
        for deal in deals.head(_NAMED).to_dicts()
    ]
    return t("common.sep").join([*moves, "…"] if deals.height > _NAMED else moves)


def notes(rep_id: str, monday: date) -> dict[str, str]:
    """Deal id -> what came of its last visit of the week, as the rep filed it then."""
    week = periods.week(monday)
    seen = cache.frame("visits").filter(
        pl.col("rep_id") == rep_id,
        pl.col("deal_id").is_not_null(),
        pl.col("visited_on").is_between(week.since, week.until, closed="left"),
    )
    visits = cache.rows(Visit, ids=seen["visit_id"].to_list()).sort("visited_at", "id")
    told = visits.select("deal_id", note=pl.coalesce("outcome", "topic").str.slice(0, _NOTE))
    return dict(told.drop_nulls().unique("deal_id", keep="last").iter_rows())


def plan(rep_id: str, monday: date, look: Look) -> str | None:
    """Next week's appointments and the deals expected then, a line each; None without any."""
    after = periods.week(monday + timedelta(days=7))
    lines = [*_appointments(rep_id, after), *_closings(rep_id, after, look)]
    return "\n".join(lines[:_LISTED]) or None


def _appointments(rep_id: str, week: periods.Period) -> list[str]:
    inside = pl.col("next_on").is_between(week.since, week.until, closed="left")
    visits = cache.frame("visits").filter((pl.col("rep_id") == rep_id) & inside)
    agreed = visits.select("next_on", "customer_id").unique().sort("next_on", "customer_id")
    customers, language = fields.options("customers"), session.language()
    return [
        t("weekly.draft_appointment", day=fmt.short_day(day, language), customer=customers[who])
        for day, who in agreed.iter_rows()
        if who in customers
    ]


def _closings(rep_id: str, week: periods.Period, look: Look) -> list[str]:
    inside = pl.col("expected_on").is_between(week.since, week.until, closed="left")
    is_open = (pl.col("rep_id") == rep_id) & (pl.col("status") == "open")
    deals = cache.frame("deals").filter(is_open & inside).sort("expected_on", "deal_id")
    names = fields.some("deals", deals["deal_id"].to_list())
    return [
        t("weekly.draft_closing", name=names[deal], amount=look.money(amount))
        for deal, amount in deals.select("deal_id", "amount").iter_rows()
    ]

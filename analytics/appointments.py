"""Whether customers are seen again by the day that was agreed.

An appointment is the next day that a visit names. It is kept if anyone of the department
visited the customer after that visit and up to that day: a colleague may stand in, a meeting
may be brought forward. It is late if the next visit came within LATE_DAYS after the day, and
missed if it had not by `as_of`. Nothing says what was agreed for: a short call before the day
keeps it too. Source: S20 3, 客户拜访：下次预约.
"""

import polars as pl

from analytics import facts, intervals, measures
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

LATE_DAYS = 14
APPOINTMENTS = ("kept", "late", "missed", "not_due", "unchecked")

KEPT = pl.Schema(
    {
        "group_id": pl.String,
        "group": pl.String,
        "due": pl.Int64,  # kept + late + missed
        "kept": pl.Int64,
        "late": pl.Int64,
        "missed": pl.Int64,
        "kept_rate": pl.Float64,  # of the due
        "low_rate": pl.Float64,  # 95 % interval of kept_rate
        "high_rate": pl.Float64,
        "late_rate": pl.Float64,
        "missed_rate": pl.Float64,
        "not_due": pl.Int64,  # their day is still to come, or today
        "unchecked": pl.Int64,  # the customer is not known
    }
)
APPOINTMENT_ROWS = pl.Schema(
    {
        "visit_id": pl.String,
        "next_on": pl.Date,  # the day agreed
        "appointment": KEY,  # one of APPOINTMENTS
        "contact_on": pl.Date,  # the next visit to the customer, by anyone; null: none yet
        "overdue_days": pl.Int64,  # from the day agreed to the next visit, or to `as_of`; 0: kept
        "customer_id": pl.String,
        "customer": pl.String,
        "visited_on": pl.Date,
        "kind": KEY,
        "rep_id": KEY,  # who agreed it
        "rep": KEY,
        "team": KEY,
        "manager": KEY,
        "product": KEY,
        "source": KEY,
        "region": KEY,
        "industry": KEY,
        "size": KEY,
    }
)


def appointment_rows(frames: Frames, query: Query) -> pl.LazyFrame:
    """The appointments for a day of the period and what became of them.

    A day that is not after its visit is no appointment. On the day itself one that has not
    been kept yet is not due.

    Returns:
        APPOINTMENT_ROWS, one row per appointment, the latest day first; ties by visit.
    """
    return (
        _judged(frames, query)
        .sort("next_on", "visit_id", descending=[True, False])
        .select(APPOINTMENT_ROWS.names())
    )


def by_dimension(frames: Frames, query: Query) -> pl.LazyFrame:
    """Appointments by the kind of the visit that agreed them, or by a dimension.

    Returns:
        KEPT, one row per group by its label, the unknown one last; rates are null where
        nothing was due.
    """
    summary = _judged(frames, query).group_by(facts.group_keys(query.by)).agg(**_counts())
    return facts.grouped(summary).with_columns(**_rates()).select(KEPT.names())


def totals(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: all appointments of the period, as `by_dimension` counts them."""
    return _judged(frames, query).select(**_counts()).with_columns(**_rates())


def _counts() -> dict[str, pl.Expr]:
    appointment = pl.col("appointment")
    counts = {name: (appointment == name).sum().cast(pl.Int64) for name in APPOINTMENTS}
    due = appointment.is_in(["kept", "late", "missed"]).sum().cast(pl.Int64)
    return {"due": due, **counts}


def _rates() -> dict[str, pl.Expr]:
    low, high = intervals.wilson(pl.col("kept"), pl.col("due"))
    shares = ("kept", "late", "missed")
    rates = {f"{name}_rate": measures.rate(pl.col(name), pl.col("due")) for name in shares}
    return {**rates, "low_rate": low, "high_rate": high}


def _judged(frames: Frames, query: Query) -> pl.LazyFrame:
    """VISIT_FACTS of the visits that agreed a day in the period, and what became of it."""
    agreed = frames["visits"].filter(
        "is_visit",
        measures.within("next_on", query.since, query.until),
        pl.col("next_on") > pl.col("visited_on"),
    )
    made = facts.visits({**frames, "visits": agreed}, query)
    contacts = facts.customer_visits(frames, query).select("customer_id", contact_on="visited_on")
    last = pl.min_horizontal("contact_on", pl.lit(query.as_of))
    return (
        made.sort("visited_on")
        .join_asof(
            contacts.with_columns(seen_on="contact_on").sort("seen_on"),
            left_on="visited_on",
            right_on="seen_on",
            by="customer_id",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .with_columns(
            appointment=_appointment(query).cast(KEY),
            overdue_days=(last - pl.col("next_on")).dt.total_days().clip(0),
        )
    )


def _appointment(query: Query) -> pl.Expr:
    """What became of it, by the next contact and the day."""
    contact_on, next_on = pl.col("contact_on"), pl.col("next_on")
    return (
        pl.when(pl.col("customer_id").is_null())
        .then(pl.lit("unchecked"))
        .when(contact_on <= next_on)
        .then(pl.lit("kept"))
        .when(next_on >= query.as_of)
        .then(pl.lit("not_due"))
        .when(contact_on <= next_on.dt.offset_by(f"{LATE_DAYS}d"))
        .then(pl.lit("late"))
        .otherwise(pl.lit("missed"))
    )


_TABLES = facts.VISIT_TABLES
REPORTS = (
    Report("appointments", _TABLES, KEPT, by_dimension, by=("kind", *DIMENSIONS)),
    Report("appointment-rows", _TABLES, APPOINTMENT_ROWS, appointment_rows),
)

"""Visits: how many, to whom, how long, and how many a won deal takes.

Tasks and e-mails are activities but no visits; they are counted beside them.
"""

import polars as pl

from analytics import facts, measures
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report

_TABLES = tuple(dict.fromkeys((*facts.VISIT_TABLES, *facts.FACT_TABLES)))

VISITS_BY = pl.Schema(
    {
        "group_id": pl.String,
        "group": pl.String,
        "visits": pl.Int64,  # null: the department records none
        "customers_visited": pl.Int64,
        "minutes": pl.Int64,  # null: none of the visits says how long it took
        "days_active": pl.Int64,  # days with a visit, each rep's own
        "other_activities": pl.Int64,  # tasks and e-mails
        "won": pl.Int64,
        "visits_per_won": pl.Float64,
    }
)
VISIT_HOURS = pl.Schema(
    {
        "weekday": pl.Int8,  # ISO: 1 is Monday
        "hour": pl.Int8,  # of the department's clocks; null: only the day is known
        "visits": pl.Int64,
        "share_rate": pl.Float64,  # of all visits
    }
)


def by_dimension(frames: Frames, query: Query) -> pl.LazyFrame:
    """Visits of the period per value of `query.by`, a dimension or `kind`.

    By kind, won deals are those of all kinds together, so that the kinds' visits per won
    deal add up; tasks and e-mails are rows without visits.

    Returns:
        VISITS_BY, one row per group with an activity or a won deal, by its label, the
        unknown one last.
    """
    keys = facts.group_keys(query.by)
    inside = measures.within("visited_on", query.since, query.until)
    made = facts.visits(frames, query).filter(inside).group_by(keys).agg(**_counts())
    won = _won(frames, query)
    if query.by == "kind":
        together = made.join(won.select(won=pl.len()), how="cross")
    else:
        by_group = won.group_by(keys).agg(won=pl.len())
        together = made.join(
            by_group, on=["group_id", "group"], how="full", coalesce=True, nulls_equal=True
        )
    known = together.join(facts.visits_recorded(frames, query), how="cross")
    return facts.grouped(
        known.with_columns(_completed()).with_columns(visits_per_won=visits_per_won())
    ).select(VISITS_BY.names())


def hours(frames: Frames, query: Query) -> pl.LazyFrame:
    """Visits of the period by weekday and hour of the day they began in.

    Returns:
        VISIT_HOURS, one row per weekday and hour with a visit, in their order; visits of
        which only the day is known last in each weekday.
    """
    visits = pl.col("visits").cast(pl.Int64)
    return (
        facts.bare_visits_within(frames, query)
        .group_by("hour", weekday=pl.col("visited_on").dt.weekday())
        .agg(visits=pl.len())
        .sort("weekday", "hour", nulls_last=True)
        .select("weekday", "hour", visits, share_rate=visits / visits.sum())
    )


def _completed() -> list[pl.Expr]:
    """Zeros where a group did nothing, null where the department keeps no such records."""
    visits = pl.col("visits", "customers_visited", "days_active")
    others = pl.col("other_activities")
    return [
        pl.when("has_visits").then(visits.fill_null(0)).cast(pl.Int64).name.keep(),
        pl.when(pl.col("has_visits") | others.is_not_null().any())
        .then(others.fill_null(0))
        .cast(pl.Int64)
        .name.keep(),
        pl.col("won").fill_null(0).cast(pl.Int64),
    ]


def visits_per_won() -> pl.Expr:
    """`visits` / `won`; null when nothing was won or no visit is on record.

    A rep who wins without recording visits has an unknown rate, not the best one.
    """
    return pl.when(pl.col("visits") > 0).then(measures.rate(pl.col("visits"), pl.col("won")))


def _won(frames: Frames, query: Query) -> pl.LazyFrame:
    """Deals won in the period."""
    inside = measures.within("closed_on", query.since, query.until)
    return facts.deals(frames, query).filter(measures.WON, inside)


def _counts() -> dict[str, pl.Expr]:
    """Sums over activities of one group."""
    minutes = pl.col("minutes").filter("is_visit")
    return {
        "visits": pl.col("is_visit").sum(),
        "customers_visited": pl.col("customer_id").filter("is_visit").drop_nulls().n_unique(),
        "minutes": pl.when(minutes.count() > 0).then(minutes.sum()),
        "days_active": pl.struct("rep_id", "visited_on").filter("is_visit").n_unique(),
        "other_activities": (~pl.col("is_visit")).sum(),
    }


REPORTS = (
    Report("visits", _TABLES, VISITS_BY, by_dimension, by=(*DIMENSIONS, "kind")),
    Report("visit-hours", facts.VISIT_TABLES, VISIT_HOURS, hours),
)

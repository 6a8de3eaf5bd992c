"""Every day of a period with the visits made on it."""

from datetime import timedelta

import polars as pl

from analytics import facts
from analytics.query import Query
from analytics.report import Frames, Report

VISIT_DAYS = pl.Schema(
    {
        "week_on": pl.Date,  # its Monday
        "weekday": pl.Int64,  # ISO, 1 is Monday
        "visited_on": pl.Date,
        "visits": pl.Int64,
        "customers_visited": pl.Int64,
    }
)
_DAY = timedelta(days=1)


def days(frames: Frames, query: Query) -> pl.LazyFrame:
    """The days of the period up to `as_of`, those without a visit too, in order.

    A period without beginning begins with the first visit that passes the filters.

    Returns:
        VISIT_DAYS, one row per day. No rows where the department records no visits.
    """
    made = (
        facts.bare_visits_within(frames, query)
        .filter(pl.col("visited_on") <= query.as_of)
        .group_by("visited_on")
        .agg(
            visits=pl.len().cast(pl.Int64),
            customers_visited=pl.col("customer_id").drop_nulls().n_unique().cast(pl.Int64),
        )
    )
    day = pl.col("visited_on")
    return (
        _period(frames, made, query)
        .join(made, on="visited_on", how="left")
        .sort("visited_on")
        .select(
            day.dt.truncate("1w").alias("week_on"),
            day.dt.weekday().cast(pl.Int64).alias("weekday"),
            day,
            pl.col("visits", "customers_visited").fill_null(0),
        )
    )


def _period(frames: Frames, made: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """Every day of the period so far, if visits are recorded at all."""
    last = min(query.as_of, query.until - _DAY) if query.until else query.as_of
    first = pl.lit(query.since) if query.since else pl.col("first")
    bounds = made.select(first=pl.col("visited_on").min())
    return (
        bounds.join(facts.visits_recorded(frames, query).filter("has_visits"), how="cross")
        .with_columns(visited_on=pl.date_ranges(first, last))
        .select("visited_on")
        .explode("visited_on")
        .drop_nulls()
    )


REPORTS = (Report("visit-days", facts.VISIT_TABLES, VISIT_DAYS, days),)

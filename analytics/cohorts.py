"""Deals by the month they were opened in: how many had been won at which age."""

from datetime import timedelta

import polars as pl

from analytics import facts, intervals, measures
from analytics.measures import WON
from analytics.query import Query
from analytics.report import Frames, Report

AGES = 12  # months that a cohort is followed

COHORTS = pl.Schema(
    {
        "month": pl.Date,  # of the opening, its first day
        "age": pl.Int64,  # months since the deal's own opening, 1 to AGES
        "deals": pl.Int64,  # opened in the month
        "won": pl.Int64,  # of these, by that age; null: not all have reached it yet
        "cohort_rate": pl.Float64,
        "low_rate": pl.Float64,  # 95 % interval of cohort_rate
        "high_rate": pl.Float64,
    }
)


def cohorts(frames: Frames, query: Query) -> pl.LazyFrame:
    """The share of each month's new deals that had been won by the age of 1, 2, ... months.

    A deal is a month old on the same day of the next month, or on its last day where it is
    shorter. Lost and open deals stay in the cohort. An age is unknown, not 0, until the
    last day of the month (or of the period) is that old at `as_of`, so no deal of a known
    cell can still be won in time.

    Returns:
        COHORTS, AGES rows per month of the period in which deals were opened, in order;
        shares never decrease with the age. Deals without opening day are no cohort.
    """
    inside = measures.within("opened_on", query.since, query.until)
    age = pl.when(WON).then(_age_at_closing())
    won_by = {str(n): (age <= n).sum().cast(pl.Int64) for n in range(1, AGES + 1)}
    months = (
        facts.bare_deals(frames, query)
        .filter(inside)
        .group_by(month=pl.col("opened_on").dt.month_start())
        .agg(deals=pl.len().cast(pl.Int64), **won_by)
    )
    ages = months.unpivot(index=["month", "deals"], variable_name="age", value_name="won")
    low, high = intervals.wilson(pl.col("won"), pl.col("deals"))
    return (
        ages.with_columns(pl.col("age").cast(pl.Int64))
        .with_columns(won=pl.when(_has_passed(query)).then("won"))
        .with_columns(cohort_rate=pl.col("won") / pl.col("deals"), low_rate=low, high_rate=high)
        .sort("month", "age")
        .select(COHORTS.names())
    )


def _age_at_closing() -> pl.Expr:
    """The fewest whole months after opening that had passed by the closing day, or less."""
    opened, closed = pl.col("opened_on").dt, pl.col("closed_on").dt
    years = (closed.year() - opened.year()).cast(pl.Int64)
    months = closed.month().cast(pl.Int64) - opened.month().cast(pl.Int64)
    return 12 * years + months + (closed.day() > opened.day()).cast(pl.Int64)


def _has_passed(query: Query) -> pl.Expr:
    """Whether every deal that the month could hold has reached the age."""
    last = pl.col("month").dt.month_end()
    if query.until is not None:
        last = pl.min_horizontal(last, pl.lit(query.until - timedelta(days=1)))
    return last.dt.offset_by(pl.format("{}mo", "age")) <= query.as_of


REPORTS = (Report("cohorts", facts.FACT_TABLES, COHORTS, cohorts),)

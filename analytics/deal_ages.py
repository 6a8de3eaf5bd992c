"""How long open deals have been open."""

import polars as pl

from analytics import facts, measures
from analytics.query import Query
from analytics.report import Frames, Report

EDGES = (0, 30, 60, 90, 180, 365)  # days; each begins a range, the last has no end

DEAL_AGES = pl.Schema(
    {
        "from_days": pl.Int64,  # inside; null: the opening day is unknown
        "until_days": pl.Int64,  # outside; null: everything older
        "open": pl.Int64,
        "open_amount": pl.Int64,
        "open_rate": pl.Float64,  # share of the open deals
        "department_rate": pl.Float64,  # share of the department's open deals
    }
)


def ages(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals open at `as_of` by the days since their opening, whatever the period.

    Returns:
        DEAL_AGES, one row per range from the youngest, empty ones too; deals without
        opening day last, if there are any.
    """
    own = _counted(frames, query)
    every = _counted(frames, query.unfiltered()).select("from_days", department="open")
    ends = [*EDGES[1:], None]
    kinds = {"from_days": pl.Int64, "until_days": pl.Int64}
    ranges = pl.LazyFrame({"from_days": EDGES, "until_days": ends}, schema=kinds)
    return (
        ranges.join(every, on="from_days", how="full", coalesce=True, nulls_equal=True)
        .join(own, on="from_days", how="left", nulls_equal=True)
        .with_columns(pl.col("open", "open_amount", "department").fill_null(0))
        .filter(pl.col("from_days").is_not_null() | (pl.col("open") > 0))
        .with_columns(
            open_rate=measures.rate(pl.col("open"), pl.col("open").sum()),
            department_rate=measures.rate(pl.col("department"), pl.col("department").sum()),
        )
        .sort("from_days", nulls_last=True)
        .select(DEAL_AGES.names())
    )


def _counted(frames: Frames, query: Query) -> pl.LazyFrame:
    """Open deals and their amount by the beginning of their range."""
    age = (pl.lit(query.as_of) - pl.col("opened_on")).dt.total_days()
    begins = [pl.when(age >= edge).then(edge) for edge in EDGES]
    return (
        facts.bare_deals(frames, query)
        .filter(measures.OPEN)
        .group_by(from_days=pl.max_horizontal(begins).cast(pl.Int64))
        .agg(open=pl.len().cast(pl.Int64), open_amount=pl.col("amount").sum())
    )


REPORTS = (Report("open-ages", facts.FACT_TABLES, DEAL_AGES, ages),)

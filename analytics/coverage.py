"""Which customers were visited, segment by segment.

Owner, tracking class and the other segments have no history: they are today's.
"""

import polars as pl

from analytics import at_risk, customers, facts, measures
from analytics.query import Query
from analytics.report import Frames, Report

GROUPS = ("industry", "region", "size", "tracking", "rep", "team")

COVERAGE = pl.Schema(
    {
        "group_id": pl.String,
        "group": pl.String,
        "customers": pl.Int64,  # on record by the period's last day so far
        "customers_visited": pl.Int64,  # at least once in the period; null: no visits are kept
        "coverage_rate": pl.Float64,
        "visits": pl.Int64,
        "visits_rate": pl.Float64,  # of all visits to these customers
    }
)
COVERAGE_ROWS = pl.Schema(
    {
        "customer_id": pl.String(),
        "customer": pl.String(),
        "visits": pl.Int64(),  # in the period
        **{name: at_risk.CONTACTED[name] for name in ("last_visit_on", "last_contact_on")},
        **{name: at_risk.CONTACTED[name] for name in ("region", "industry", "size", "tracking")},
        **{name: at_risk.CONTACTED[name] for name in ("rep_id", "rep", "team", "won_amount")},
        "created_on": pl.Date(),
    }
)


def coverage_rows(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every customer on record by the period's last day so far, with the visits of the period.

    Whoever was visited was on record, and so was a customer of unknown recording day.
    Filters choose customers as in `at_risk.archive`; a visit counts whoever made it.

    Returns:
        COVERAGE_ROWS, one row per customer; the unvisited first, who ordered most on top,
        ties by name, then id.
    """
    return (
        _customers(frames, query)
        .sort(
            pl.col("visits") > 0,
            "won_amount",
            "customer",
            "customer_id",
            descending=[False, True, False, False],
        )
        .select(COVERAGE_ROWS.names())
    )


def by_dimension(frames: Frames, query: Query) -> pl.LazyFrame:
    """Customers visited in the period per value of `query.by`, one of GROUPS.

    By rep it is who is responsible: the owner, else whoever had the last contact.

    Returns:
        COVERAGE, one row per group by its label, the unknown one last.
    """
    summary = _customers(frames, query).group_by(facts.group_keys(query.by)).agg(**_counts())
    share = measures.rate(pl.col("visits"), pl.col("visits").sum())
    return facts.grouped(summary).with_columns(visits_rate=share).select(COVERAGE.names())


def totals(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: all customers, as `by_dimension` counts them."""
    return _customers(frames, query).select(**_counts())


def _counts() -> dict[str, pl.Expr]:
    is_kept = pl.col("visits").count() > 0
    visited = pl.when(is_kept).then((pl.col("visits") > 0).sum())
    return {
        "customers": pl.len().cast(pl.Int64),
        "customers_visited": visited.cast(pl.Int64),
        "coverage_rate": measures.rate(visited, pl.len()),
        "visits": pl.when(is_kept).then(pl.col("visits").sum()),
    }


def _customers(frames: Frames, query: Query) -> pl.LazyFrame:
    """The archive as of the period with `visits`, null where the department keeps none."""
    inside = measures.within("visited_on", query.since, query.until)
    made = facts.customer_visits(frames, query).filter(inside)
    visits = made.group_by("customer_id").agg(visits=pl.len().cast(pl.Int64))
    recorded = frames["customers"].select("customer_id", "created_on")
    is_known = (pl.col("created_on") <= customers.last_day(query)).fill_null(True)
    return (
        at_risk.archive(frames, query)
        .join(recorded, on="customer_id", how="left")
        .join(visits, on="customer_id", how="left")
        .filter(is_known | pl.col("visits").is_not_null())
        .join(facts.visits_recorded(frames, query), how="cross")
        .with_columns(
            pl.col("won_amount").fill_null(0),
            visits=pl.when("has_visits").then(pl.col("visits").fill_null(0)),
        )
    )


REPORTS = (
    Report("coverage", at_risk.TABLES, COVERAGE, by_dimension, by=GROUPS),
    Report("coverage-rows", at_risk.TABLES, COVERAGE_ROWS, coverage_rows),
)

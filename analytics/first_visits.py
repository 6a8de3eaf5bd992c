"""From a customer's first visit to a deal, and to a won one."""

from datetime import timedelta

import polars as pl

from analytics import facts, intervals, measures
from analytics.measures import WON
from analytics.query import Query
from analytics.report import Frames, Report

HORIZONS = (30, 60, 90)  # days from the first visit to the opening of a deal
STEPS = (*(f"opened_{days}" for days in HORIZONS), "won")
ALL = "(all)"  # in place of a kind: all kinds together

VISIT_TO_DEAL = pl.Schema(
    {
        "kind": pl.String,  # of the first visit; ALL, then each
        "step": pl.String,  # one of STEPS
        "customers": pl.Int64,  # whose first visit is old enough to tell
        "reached": pl.Int64,  # of these: took the step
        "reached_rate": pl.Float64,
        "low_rate": pl.Float64,  # 95 % interval of reached_rate
        "high_rate": pl.Float64,
        "existing": pl.Int64,  # customers with a deal before their first visit, not counted
    }
)
TABLES = tuple(dict.fromkeys((*facts.VISIT_TABLES, *facts.FACT_TABLES)))


def visit_to_deal(frames: Frames, query: Query) -> pl.LazyFrame:
    """How many customers first visited in the period opened a deal, and won one.

    `opened_30` counts customers with a deal opened on one of the 30 days after the day of
    the first visit or on it, out of those for whom these days have passed at `as_of`; 60
    and 90 likewise. `won` counts those with a deal opened since the first visit that is won
    at `as_of`, out of all: young customers may still follow. Customers who had a deal
    before their first visit are left out and counted in `existing`.

    Returns:
        VISIT_TO_DEAL, a row per step for all kinds together, then for each kind of the
        first visit by name. No rows when the department has recorded no visits.
    """
    of_all_too = pl.concat_list(pl.lit(ALL), "kind")
    taken = (
        customers(frames, query)
        .select("kind", "is_existing", *(_taken(step, query) for step in STEPS))
        .unpivot(index=["kind", "is_existing"], variable_name="step", value_name="is_taken")
        .with_columns(kind=of_all_too)
        .explode("kind")
    )
    is_taken = pl.col("is_taken")
    counts = {"customers": is_taken.count(), "reached": is_taken.sum()}
    low, high = intervals.wilson(pl.col("reached"), pl.col("customers"))
    return (
        pl.concat([_no_customers(frames, query), taken], how="diagonal")
        .group_by("kind", "step")
        .agg(**counts, existing=pl.col("is_existing").sum())
        .with_columns(pl.col("customers", "reached", "existing").cast(pl.Int64))
        .with_columns(
            reached_rate=measures.rate(pl.col("reached"), pl.col("customers")),
            low_rate=low,
            high_rate=high,
        )
        .sort(pl.col("kind") != ALL, "kind", pl.col("step").cast(pl.Enum(STEPS)))
        .select(VISIT_TO_DEAL.names())
    )


def _no_customers(frames: Frames, query: Query) -> pl.LazyFrame:
    """The rows of all kinds without a customer in them; none without any visit on record."""
    steps = pl.LazyFrame({"kind": ALL, "step": STEPS})
    return steps.join(facts.visits_recorded(frames, query), how="cross").filter("has_visits")


def customers(frames: Frames, query: Query) -> pl.LazyFrame:
    """The customers whose first visit ever lies in the period.

    The filters choose first visits, not which visit is the first, nor the customer's deals.
    Of several on one day the one with the smallest id is the first.

    Returns:
        VISIT_FACTS of the first visit with `kind` as text, `is_existing` (a deal was opened
        before it, or closed if its opening is unknown), and of the deals opened since, that
        day included, `opened_on` of the first and `won_on`, when the first was won.
    """
    day = pl.coalesce("opened_on", "closed_on")
    first = _first_visits(frames, query)
    is_since = pl.col("day") >= pl.col("visited_on")
    deals = (
        facts.bare_deals(frames, query.unfiltered())
        .select("customer_id", "status", "closed_on", day=day)
        .join(first.select("customer_id", "visited_on"), on="customer_id")
        .group_by("customer_id")
        .agg(
            is_existing=(~is_since).any(),
            opened_on=pl.col("day").filter(is_since).min(),
            won_on=pl.col("closed_on").filter(is_since & WON).min(),
        )
    )
    return first.join(deals, on="customer_id", how="left").with_columns(
        pl.col("kind").cast(pl.String), pl.col("is_existing").fill_null(False)
    )


def _first_visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """VISIT_FACTS of the customers' first visits in the period that pass the filters."""
    visits = facts.bare_visits_within(frames, query.unfiltered().over(None, None))
    of_deal = facts.existing(frames, query).select("deal_id", deal_customer="customer_id")
    is_named = pl.col("customer_id").is_not_null()
    by_deal = visits.filter(~is_named).join(of_deal, on="deal_id")  # few: most name a customer
    by_deal = by_deal.with_columns(customer_id="deal_customer").drop("deal_customer")
    first = pl.col("visited_on").min().over("customer_id")
    found = (
        pl.concat([visits.filter(is_named), by_deal.drop_nulls("customer_id")])
        .filter(pl.col("visited_on") == first)
        .filter(measures.within("visited_on", query.since, query.until))
        .sort("visit_id")
        .unique("customer_id", keep="first", maintain_order=True)
    )
    return facts.visits({**frames, "visits": found}, query)


def days_of(step: str) -> int:
    """How many days after the first visit a step can be told; 0 for a win, told at any time."""
    return 0 if step == "won" else int(step.removeprefix("opened_"))


def _taken(step: str, query: Query) -> pl.Expr:
    """Whether a customer took a step; null where it does not count, or cannot be told yet."""
    horizon = timedelta(days=days_of(step))
    in_time = (pl.col("opened_on") - pl.col("visited_on") <= horizon).fill_null(False)
    taken = pl.col("won_on").is_not_null() if step == "won" else in_time
    is_told = ~pl.col("is_existing") & (pl.col("visited_on") + horizon <= query.as_of)
    return pl.when(is_told).then(taken).alias(step)


REPORTS = (Report("visit-to-deal", TABLES, VISIT_TO_DEAL, visit_to_deal),)

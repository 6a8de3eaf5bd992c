"""How many visits deals had before they were won or lost, and whether that differs at all.

Deals known only as orders are left out: nobody would have written them down lost. So are
deals closed before the first linked visit on record, when nobody kept count.
"""

import polars as pl

from analytics import facts, intervals, measures
from analytics.measures import LOST, WON
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

COUNTED = ("visits", "activities")  # activities: visits, tasks and e-mails together
MOST = 10  # a deal with more is counted with those that have as many
_TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, "visits")))

PER_DEAL = pl.Schema(
    {
        "counted": pl.String,  # one of COUNTED
        "outcome": pl.String,  # won, lost, and the difference won - lost
        "deals": pl.Int64,  # null: the difference
        "without_count": pl.Int64,  # of the deals: with none before their closing
        "mean_visits": pl.Float64,
        "low_visits": pl.Float64,  # 95 % interval of the mean; null: fewer than two deals
        "high_visits": pl.Float64,
        "median_visits": pl.Float64,
        "mean_days": pl.Float64,  # from opening to closing: a longer deal has time for more
        "is_different": pl.Boolean,  # the interval of the difference leaves 0 out
    }
)
SPREAD = pl.Schema(
    {
        "counted": pl.String,
        "visits": pl.Int64,  # up to MOST, which stands for that many and more
        "won": pl.Int64,
        "lost": pl.Int64,
        "won_rate": pl.Float64,  # of all won deals
        "lost_rate": pl.Float64,  # of all lost deals
    }
)
DEAL_VISITS = pl.Schema(
    {
        "deal_id": pl.String,
        "deal": pl.String,
        "customer": pl.String,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "product": KEY,
        "status": KEY,
        "opened_on": pl.Date,
        "closed_on": pl.Date,
        "amount": pl.Int64,
        "visits": pl.Int64,  # null: closed before the first on record
        "activities": pl.Int64,
    }
)


def per_deal(frames: Frames, query: Query) -> pl.LazyFrame:
    """Visits and activities per deal closed in the period, up to and including that day.

    Returns:
        PER_DEAL, three rows for visits and three for all activities. Means and intervals
        are null where no deal was closed or none could be counted. Deals are taken as
        independent of each other.

    Source: Welch 1947 for the difference, Student's t for each mean.
    """
    summary = _counts(frames, query).group_by("counted").agg(*_moments("won"), *_moments("lost"))
    both = _each_counted().join(summary, on="counted", how="left", maintain_order="left")
    rows = pl.concat([_side(both, "won"), _side(both, "lost"), _difference(both)], how="diagonal")
    order = [pl.col(name).replace_strict(at) for name, at in _ORDER.items()]
    return rows.sort(order).select(PER_DEAL.names())


_ORDER = {
    "counted": {"visits": 0, "activities": 1},
    "outcome": {"won": 0, "lost": 1, "difference": 2},
}


def spread(frames: Frames, query: Query) -> pl.LazyFrame:
    """How many of the deals of `per_deal` had no visit, one, two and so on.

    Returns:
        SPREAD, a row for each number from 0 to MOST, for visits and for all activities;
        shares are null where no deal was won or lost.
    """
    filled = (
        _counts(frames, query)
        .group_by("counted", pl.col("visits").clip(upper_bound=MOST))
        .agg(won=WON.sum().cast(pl.Int64), lost=LOST.sum().cast(pl.Int64))
    )
    numbers = pl.LazyFrame({"visits": range(MOST + 1)}, schema={"visits": pl.Int64})
    counts = pl.col("won", "lost")
    return (
        _each_counted()
        .join(numbers, how="cross", maintain_order="left_right")
        .join(filled, on=["counted", "visits"], how="left", maintain_order="left")
        .with_columns(counts.fill_null(0))
        .with_columns(
            measures.rate(pl.col(name), pl.col(name).sum().over("counted")).alias(f"{name}_rate")
            for name in ("won", "lost")
        )
        .select(SPREAD.names())
    )


def deal_visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals of `per_deal` with their visits and activities.

    Returns:
        DEAL_VISITS, one row per deal, the latest closed first; ties by id.
    """
    return (
        _with_counts(facts.deals(frames, query), frames, query)
        .sort("closed_on", "deal_id", descending=[True, False])
        .select(DEAL_VISITS.names())
    )


def _with_counts(deals: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals that count, with `visits` and `activities` up to their closing day."""
    closed = deals.filter(
        WON | LOST,
        pl.col("opened_on").is_not_null(),
        measures.within("closed_on", query.since, query.until),
    )
    linked = frames["visits"].filter(
        pl.col("deal_id").is_not_null(), pl.col("visited_on") <= query.as_of
    )
    first = linked.select(
        first_visits=pl.col("visited_on").filter("is_visit").min(),
        first_activities=pl.col("visited_on").min(),
    )
    made = (
        linked.join(closed.select("deal_id", "closed_on"), on="deal_id")
        .filter(pl.col("visited_on") <= pl.col("closed_on"))
        .group_by("deal_id")
        .agg(visits=pl.col("is_visit").sum().cast(pl.Int64), activities=pl.len().cast(pl.Int64))
    )
    is_kept = {name: pl.col("closed_on") >= pl.col(f"first_{name}") for name in COUNTED}
    return (
        closed.join(made, on="deal_id", how="left")
        .join(first, how="cross")
        .with_columns(
            pl.when(kept).then(pl.col(name).fill_null(0)).alias(name)
            for name, kept in is_kept.items()
        )
    )


def _counts(frames: Frames, query: Query) -> pl.LazyFrame:
    """`counted`, `status`, `days` and `visits`, a row per deal for each of COUNTED."""
    days = (pl.col("closed_on") - pl.col("opened_on")).dt.total_days()
    deals = _with_counts(facts.bare_deals(frames, query), frames, query).with_columns(days=days)
    each = [deals.select("status", "days", counted=pl.lit(name), visits=name) for name in COUNTED]
    return pl.concat(each).drop_nulls("visits")


def _each_counted() -> pl.LazyFrame:
    return pl.LazyFrame({"counted": COUNTED})


def _moments(outcome: str) -> list[pl.Expr]:
    """What the means of the deals with this outcome are made from."""
    visits, days = (pl.col(c).filter(pl.col("status") == outcome) for c in ("visits", "days"))
    return [
        visits.count().cast(pl.Int64).alias(f"{outcome}_deals"),
        (visits == 0).sum().cast(pl.Int64).alias(f"{outcome}_without"),
        visits.mean().alias(f"{outcome}_mean"),
        visits.var().alias(f"{outcome}_variance"),
        visits.median().alias(f"{outcome}_median"),
        days.mean().alias(f"{outcome}_days"),
    ]


def _sample(outcome: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Mean, variance and number of deals."""
    mean, variance, n = (pl.col(f"{outcome}_{name}") for name in ("mean", "variance", "deals"))
    return mean, variance, n


def _side(both: pl.LazyFrame, outcome: str) -> pl.LazyFrame:
    """The rows of one outcome."""
    mean, variance, n = _sample(outcome)
    low, high = intervals.mean(mean, variance, n)
    return both.select(
        "counted",
        outcome=pl.lit(outcome),
        deals=n.fill_null(0),
        without_count=pl.col(f"{outcome}_without").fill_null(0),
        mean_visits=mean,
        low_visits=low,
        high_visits=high,
        median_visits=pl.col(f"{outcome}_median"),
        mean_days=pl.col(f"{outcome}_days"),
    )


def _difference(both: pl.LazyFrame) -> pl.LazyFrame:
    """The rows that compare won with lost."""
    won, lost = _sample("won"), _sample("lost")
    low, high = intervals.difference(won, lost)
    return both.select(
        "counted",
        outcome=pl.lit("difference"),
        mean_visits=won[0] - lost[0],
        low_visits=low,
        high_visits=high,
        is_different=(low > 0) | (high < 0),
    )


REPORTS = (
    Report("visits-per-deal", _TABLES, PER_DEAL, per_deal),
    Report("visits-per-deal-spread", _TABLES, SPREAD, spread),
    Report("visits-per-deal-rows", _TABLES, DEAL_VISITS, deal_visits),
)

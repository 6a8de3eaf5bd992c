"""Sales velocity: what the pipeline brings a day, and what each lever would add."""

import polars as pl

from analytics import facts, measures
from analytics.measures import OPEN, WON
from analytics.query import Query
from analytics.report import Frames, Report

LEVERS = ("open", "win_rate", "mean_won_amount", "mean_cycle_days")
STEP_RATE = 0.1  # how much better a lever gets
_MONTH_DAYS = 365.25 / 12

VELOCITY = pl.Schema(
    {
        "lever": pl.String,  # now, or the lever that is 10 % better in this row
        "open": pl.Float64,  # deals; 10 % more need not be a whole number
        "win_rate": pl.Float64,
        "mean_won_amount": pl.Int64,
        "mean_cycle_days": pl.Float64,
        "day_amount": pl.Int64,  # the velocity; null: a lever is unknown
        "month_amount": pl.Int64,  # the same for a month of 30.4375 days
        "gain_day_amount": pl.Int64,  # more than now
        "gain_month_amount": pl.Int64,
        "decided": pl.Int64,  # deals that the win rate rests on
        "won": pl.Int64,  # deals that amount and cycle rest on
    }
)


def velocity(frames: Frames, query: Query) -> pl.LazyFrame:
    """Open deals x win rate x mean won amount / mean won cycle days, now and by lever.

    Open deals are those open at `as_of`; rate, amount and cycle are of the deals closed in
    the period. Better means more, for cycle days fewer; a win rate stops at 1.

    Returns:
        VELOCITY, five rows: now, then each lever 10 % better and the others as they are.
        A lever is null while nothing that tells it was closed, and so is the velocity; it
        also is while the mean cycle is 0 days.

    Source: the usual sales velocity equation, an accounting identity for a steady pipeline.
    """
    closed = measures.within("closed_on", query.since, query.until)
    levers = (
        facts.bare_deals(frames, query)
        .filter(closed | OPEN)
        .select(
            open=OPEN.sum().cast(pl.Float64),
            win_rate=measures.win_rate(),
            mean_won_amount=measures.mean_won_amount(),
            mean_cycle_days=measures.mean_cycle_days(),
            decided=measures.decided().cast(pl.Int64),
            won=WON.sum().cast(pl.Int64),
        )
    )
    day = pl.col("open") * pl.col("win_rate") * pl.col("mean_won_amount")
    per_day = measures.rate(day, pl.col("mean_cycle_days"))
    return (
        pl.LazyFrame({"lever": ["now", *LEVERS]})
        .join(levers, how="cross", maintain_order="left")
        .with_columns(_better(name) for name in LEVERS)
        .with_columns(day_amount=per_day, month_amount=per_day * _MONTH_DAYS)
        .with_columns(
            gain_day_amount=pl.col("day_amount") - pl.col("day_amount").first(),
            gain_month_amount=pl.col("month_amount") - pl.col("month_amount").first(),
        )
        .with_columns(pl.selectors.ends_with("amount").round().cast(pl.Int64))
        .select(VELOCITY.names())
    )


def _better(lever: str) -> pl.Expr:
    """The lever, in its own row by a step better."""
    value = pl.col(lever)
    changed = value * (1 - STEP_RATE if lever == "mean_cycle_days" else 1 + STEP_RATE)
    if lever == "win_rate":
        changed = changed.clip(upper_bound=1)
    return pl.when(pl.col("lever") == lever).then(changed).otherwise(value).alias(lever)


REPORTS = (Report("velocity", facts.FACT_TABLES, VELOCITY, velocity),)

"""Who decides the prices: won deals per authority, now and under other limits.

What the rep decides alone is approved afterwards all the same (regulations S13 §8 (3)); an
approval here is one that somebody above the rep gives beforehand.
"""

import polars as pl

from analytics import margins, tiers
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

_MEASURES = ("count", "amount", "gross_profit")
TIER_SHARES = pl.Schema(
    {
        "tier": KEY,
        "count": pl.Int64,
        "amount": pl.Int64,
        "gross_profit": pl.Int64,
        "count_rate": pl.Float64,
        "amount_rate": pl.Float64,
        "gross_profit_rate": pl.Float64,  # null: the whole gross profit is not above 0
    }
)
AUTHORITY = pl.Schema(
    {
        "tier": KEY,
        "limit_rate": pl.Float64,  # decides from here upwards; null: whatever is below
        **{name: dtype for name, dtype in TIER_SHARES.items() if name != "tier"},
        "present_limit_rate": pl.Float64,
        "present_count": pl.Int64,
        "present_amount": pl.Int64,
        "present_gross_profit": pl.Int64,
        "count_change": pl.Int64,
    }
)
APPROVALS = pl.Schema(
    {
        "limit_rate": pl.Float64,  # the rep decides from here upwards
        "count": pl.Int64,  # below it: somebody above the rep decides
        "amount": pl.Int64,
        "gross_profit": pl.Int64,
        "count_rate": pl.Float64,  # of all deals of known cost
        "amount_rate": pl.Float64,
        "gross_profit_rate": pl.Float64,  # below 0 while losses outweigh
    }
)
_HIGHEST_PERCENT = 100


def tier_shares(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won deals or lines of known cost by who may decide their margin today.

    Returns:
        TIER_SHARES, one row per tier, the rep's own first, empty ones too.
    """
    counted = _per_tier(frames, query, tiers.PERCENTS)
    return counted.with_columns(margins.shares(*_MEASURES)).select(TIER_SHARES.names())


def authority(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won deals or lines by who would decide them under `query.limits`, beside today's.

    Returns:
        AUTHORITY, one row per tier, the rep's own first, empty ones too.

    Raises:
        ValueError: the limits are not three, or a lower one comes before a higher.
    """
    if not tiers.are_limits(query.limits):
        raise ValueError(f"no limits: {query.limits}")
    present = _per_tier(frames, query, tiers.PERCENTS)
    return (
        _per_tier(frames, query, query.limits)
        .with_columns(margins.shares(*_MEASURES))
        .join(present.select("tier", pl.exclude("tier").name.prefix("present_")), on="tier")
        .with_columns(count_change=pl.col("count") - pl.col("present_count"))
        .sort("present_position")
        .select(AUTHORITY.names())
    )


def approvals(frames: Frames, query: Query) -> pl.LazyFrame:
    """What needs approval before it is sold, for every limit that the rep might have.

    Returns:
        APPROVALS, one row per whole percent from 0 to 100: the won deals or lines below it,
        those without a price included. Amounts and profits are what is at stake in them.
    """
    known = margins.items(frames, query).filter(tiers.is_known())
    percent = tiers.whole_percent(-1, _HIGHEST_PERCENT).fill_null(-1).alias("percent")
    every = range(-1, _HIGHEST_PERCENT + 1)
    limits = pl.LazyFrame(
        {"percent": every, "limit_rate": [limit / 100 for limit in every]},
        schema={"percent": pl.Int64, "limit_rate": pl.Float64},
    )
    measures = pl.col(_MEASURES)
    below = measures.fill_null(0).cum_sum().shift(1)
    rates = pl.when(measures.sum() > 0).then(below / measures.sum())
    return (
        limits.join(_summed(known, percent), on="percent", how="left")
        .sort("percent")
        .with_columns(below, rates.name.suffix("_rate"))
        .filter(pl.col("percent") >= 0)
        .select(APPROVALS.names())
    )


def _per_tier(frames: Frames, query: Query, percents: tuple[int, ...]) -> pl.LazyFrame:
    """tier, its position and limit_rate, and the measures of what it decides; in order."""
    known = margins.items(frames, query).filter(tiers.is_known())
    limits = [*(percent / 100 for percent in percents), None]
    schema = {"tier": KEY, "limit_rate": pl.Float64}
    every = pl.LazyFrame({"tier": tiers.TIERS, "limit_rate": limits}, schema=schema)
    return (
        every.with_row_index("position")
        .join(_summed(known, tiers.tier(percents).alias("tier")), on="tier", how="left")
        .sort("position")
        .with_columns(pl.col(_MEASURES).fill_null(0))
    )


def _summed(known: pl.LazyFrame, key: pl.Expr) -> pl.LazyFrame:
    return known.group_by(key).agg(
        count=pl.len().cast(pl.Int64),
        amount=pl.col("amount").sum(),
        gross_profit=tiers.profit().sum(),
    )


REPORTS = (
    Report("margin-tiers", margins.MARGIN_TABLES, TIER_SHARES, tier_shares),
    Report("margin-authority", margins.MARGIN_TABLES, AUTHORITY, authority),
    Report("margin-approvals", margins.MARGIN_TABLES, APPROVALS, approvals),
)

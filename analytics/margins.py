"""Margins of won deals: how they are spread, who decided them, and where money is lost.

Amounts, profits and margin rates always add up order lines (a deal without lines is one
line), so every screen shows the same. Counts, bins and quantiles look at deals or at lines,
as `query.grain` asks; a deal of which some line's cost is unknown has no margin of its own.
"""

from dataclasses import replace

import polars as pl

from analytics import facts, measures, tiers
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

MARGIN_TABLES = (*facts.FACT_TABLES, "deal_lines")
OF_LINES = ("product", "category")  # lines of one deal differ in these

_OF_LINE = {"category": KEY, "line": pl.Int64(), "quantity": pl.Float64()}  # null of a deal
MARGIN_FACTS = pl.Schema({**facts.DEAL_FACTS, **_OF_LINE})
DISTRIBUTION = pl.Schema(
    {
        "bin_low_rate": pl.Float64,  # inside the bin; null: everything below bin_high_rate
        "bin_high_rate": pl.Float64,  # outside; null: everything from bin_low_rate on
        "tier": KEY,
        "count": pl.Int64,
        "amount": pl.Int64,
        "count_rate": pl.Float64,  # of all bins
        "amount_rate": pl.Float64,
    }
)
QUANTILES = pl.Schema(
    {
        "p5_rate": pl.Float64,
        "p25_rate": pl.Float64,
        "p50_rate": pl.Float64,
        "p75_rate": pl.Float64,
        "p95_rate": pl.Float64,
        "count": pl.Int64,  # with known cost
        "unrated_count": pl.Int64,  # of these, with an amount of 0 or less: in no bin
        "loss_making": pl.Int64,  # of these, with a cost above the amount
        "unknown_count": pl.Int64,
        "won_amount": pl.Int64,  # known_amount + unknown_amount
        "known_amount": pl.Int64,
        "unknown_amount": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,
    }
)
BY_DIMENSION = pl.Schema(
    {
        "group_id": pl.String,
        "group": pl.String,
        "deals": pl.Int64,
        "lines": pl.Int64,
        "won_amount": pl.Int64,
        "known_amount": pl.Int64,
        "cost": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,
        "p5_rate": pl.Float64,
        "p25_rate": pl.Float64,
        "p50_rate": pl.Float64,
        "p75_rate": pl.Float64,
        "p95_rate": pl.Float64,
        "unknown_count": pl.Int64,
        "unknown_amount": pl.Int64,
    }
)


def won_deals(frames: Frames, query: Query) -> pl.LazyFrame:
    """MARGIN_FACTS of deals won in the period, one row per deal, each with its own cost."""
    return (
        facts.deals(frames, query)
        .filter(measures.WON, measures.within("closed_on", query.since, query.until))
        .with_columns(pl.lit(None, dtype).alias(name) for name, dtype in _OF_LINE.items())
        .select(MARGIN_FACTS.names())
    )


def won_lines(frames: Frames, query: Query) -> pl.LazyFrame:
    """MARGIN_FACTS of deals won in the period, one row per order line.

    A deal without lines is one line with the deal's amount and cost. Product, category,
    amount and cost are the line's; a line that names no product has its deal's.
    """
    detail = frames["deal_lines"].select(
        "deal_id",
        *_OF_LINE,
        line_product="product",
        line_amount="amount",
        line_cost="cost",
    )
    amount, cost = (
        pl.when(pl.col("line").is_not_null()).then(f"line_{name}").otherwise(name).alias(name)
        for name in ("amount", "cost")
    )
    return (
        won_deals(frames, query)
        .drop(_OF_LINE)
        .join(detail, on="deal_id", how="left")
        .with_columns(amount, cost, product=pl.coalesce("line_product", "product"))
        .select(MARGIN_FACTS.names())
    )


def items(frames: Frames, query: Query) -> pl.LazyFrame:
    """MARGIN_FACTS at the grain that `query` asks for."""
    return won_lines(frames, query) if query.grain == "line" else won_deals(frames, query)


def distribution(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won deals or lines by margin bin, from the greatest loss upwards.

    Returns:
        DISTRIBUTION, one row per bin, empty bins too; shares are null when all are empty.
        Rows of unknown cost or without a price are in no bin; `quantiles` counts them.
    """
    filled = (
        items(frames, query)
        .filter(tiers.is_rated())
        .group_by(percent=tiers.bin_percent())
        .agg(count=pl.len().cast(pl.Int64), amount=pl.col("amount").sum())
    )
    return (
        tiers.bins()
        .join(filled, on="percent", how="left")
        .sort("percent")
        .with_columns(pl.col("count", "amount").fill_null(0))
        .with_columns(shares("count", "amount"))
        .select(DISTRIBUTION.names())
    )


def quantiles(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: how the margin rates of won deals or lines lie, and what is known at all.

    Quantiles interpolate linearly. Amounts, profit and margin rate add up lines whatever
    the grain. Null where nothing is known; counts and amounts of nothing are 0.
    """
    counts = items(frames, query).select(
        **_spread(),
        count=tiers.is_known().sum().cast(pl.Int64),
        unrated_count=(tiers.is_known() & ~tiers.is_rated()).sum().cast(pl.Int64),
        loss_making=(tiers.profit() < 0).sum().cast(pl.Int64),
        unknown_count=(~tiers.is_known()).sum().cast(pl.Int64),
    )
    sums = won_lines(frames, query).select(**_sums())
    return pl.concat([counts, sums], how="horizontal").select(QUANTILES.names())


def by_dimension(frames: Frames, query: Query) -> pl.LazyFrame:
    """Margin of the won deals per value of `query.by`, a dimension or `category`.

    By product and category a group holds lines, and its quartiles and unknowns are of
    lines; by the others they are as `query.grain` asks.

    Returns:
        BY_DIMENSION, one row per group by its label, the unknown one last.
    """
    keys = facts.group_keys(query.by)
    grain = "line" if query.by in OF_LINES else query.grain
    sums = (
        won_lines(frames, query)
        .group_by(keys)
        .agg(
            deals=pl.col("deal_id").n_unique().cast(pl.Int64),
            lines=pl.len().cast(pl.Int64),
            cost=pl.col("cost").filter(tiers.is_known()).sum(),
            **_sums(),
        )
    )
    spread = (
        items(frames, replace(query, grain=grain))
        .group_by(keys)
        .agg(
            **_spread(),
            unknown_count=(~tiers.is_known()).sum().cast(pl.Int64),
        )
    )
    together = sums.join(spread, on=["group_id", "group"], how="left", nulls_equal=True)
    return facts.grouped(together).select(BY_DIMENSION.names())


def _sums() -> dict[str, pl.Expr]:
    """Sums over lines; profit and rate leave the lines of unknown cost out of both sides."""
    known = pl.col("amount").filter(tiers.is_known()).sum()
    profit = pl.when(tiers.is_known().any() | (pl.len() == 0)).then(tiers.profit().sum())
    return {
        "won_amount": pl.col("amount").sum(),
        "known_amount": known,
        "unknown_amount": pl.col("amount").filter(~tiers.is_known()).sum(),
        "gross_profit": profit,
        "margin_rate": measures.rate(profit, known),
    }


def _spread() -> dict[str, pl.Expr]:
    """Quantiles of the margin rates, interpolated linearly."""
    rate = tiers.margin_rate()
    return {f"p{n}_rate": rate.quantile(n / 100, "linear") for n in (5, 25, 50, 75, 95)}


def shares(*columns: str) -> list[pl.Expr]:
    """Each row's part of the columns' sums, `<column>_rate`; null when that is not above 0."""
    return [
        measures.rate(pl.col(name), pl.col(name).sum()).alias(f"{name}_rate") for name in columns
    ]


REPORTS = (
    Report("margin-distribution", MARGIN_TABLES, DISTRIBUTION, distribution),
    Report("margin-quantiles", MARGIN_TABLES, QUANTILES, quantiles),
    Report("margin", MARGIN_TABLES, BY_DIMENSION, by_dimension, by=(*DIMENSIONS, "category")),
)

"""How margins spread within groups, and with the size of the deal."""

from dataclasses import replace

import polars as pl

from analytics import facts, margins, measures, tiers
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report

SPREADS = pl.Schema({"group_id": pl.String(), "group": pl.String(), **margins.DISTRIBUTION})
DENSITY = pl.Schema(
    {
        "from_amount": pl.Int64,  # inside the size class
        "to_amount": pl.Int64,  # outside
        "bin_low_rate": pl.Float64,  # as in `margin-distribution`
        "bin_high_rate": pl.Float64,
        "count": pl.Int64,
        "amount": pl.Int64,
    }
)
SIZES = pl.Schema(
    {
        "from_amount": pl.Int64,
        "to_amount": pl.Int64,
        "count": pl.Int64,
        "amount": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,
        "p25_rate": pl.Float64,
        "p50_rate": pl.Float64,
        "p75_rate": pl.Float64,
    }
)
# Five size classes per power of ten, each about 1.6 times the one before; in
# ten-thousandths, up to the largest money the store can hold.
_STEPS = (10, 16, 25, 40, 64)
SIZE_EDGES = (1, *(step * 10**power for power in range(17) for step in _STEPS), 10**18)


def by_dimension(frames: Frames, query: Query) -> pl.LazyFrame:
    """Margin bins of the won deals per value of `query.by`, a dimension or `category`.

    By product and category a group holds lines, by the others what `query.grain` asks.

    Returns:
        SPREADS, every bin of every group by its label, the unknown group last; shares are
        of the group. A group without any margin is left out.
    """
    keys = ["group_id", "group"]
    grain = "line" if query.by in margins.OF_LINES else query.grain
    filled = (
        margins.items(frames, replace(query, grain=grain))
        .filter(tiers.is_rated())
        .group_by(*facts.group_keys(query.by), percent=tiers.bin_percent())
        .agg(count=pl.len().cast(pl.Int64), amount=pl.col("amount").sum())
    )
    cells = filled.select(keys).unique().join(tiers.bins(), how="cross")
    summed = cells.join(filled, on=[*keys, "percent"], how="left", nulls_equal=True).with_columns(
        pl.col("count", "amount").fill_null(0)
    )
    shares = (
        measures.rate(pl.col(name), pl.col(name).sum().over("group_id")).alias(f"{name}_rate")
        for name in ("count", "amount")
    )
    return (
        facts.grouped(summed.with_columns(shares))
        .sort("group", "group_id", "percent", nulls_last=True)
        .select(SPREADS.names())
    )


def density(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won deals or lines by size class and margin bin.

    Returns:
        DENSITY, one row per cell that holds something, the smallest and lowest first.
    """
    return (
        _sized(frames, query)
        .group_by("size", percent=tiers.bin_percent())
        .agg(count=pl.len().cast(pl.Int64), amount=pl.col("amount").sum())
        .join(tiers.bins(), on="percent")
        .join(_classes(), on="size")
        .sort("size", "percent")
        .select(DENSITY.names())
    )


def sizes(frames: Frames, query: Query) -> pl.LazyFrame:
    """Margin of the won deals or lines per size class, the smallest first.

    Returns:
        SIZES, one row per class that holds something.
    """
    rate = tiers.margin_rate()
    return (
        _sized(frames, query)
        .group_by("size")
        .agg(
            count=pl.len().cast(pl.Int64),
            amount=pl.col("amount").sum(),
            gross_profit=tiers.profit().sum(),
            margin_rate=measures.rate(tiers.profit().sum(), pl.col("amount").sum()),
            p25_rate=rate.quantile(0.25, "linear"),
            p50_rate=rate.quantile(0.5, "linear"),
            p75_rate=rate.quantile(0.75, "linear"),
        )
        .join(_classes(), on="size")
        .sort("size")
        .select(SIZES.names())
    )


def _sized(frames: Frames, query: Query) -> pl.LazyFrame:
    """Deals or lines with a margin rate and `size`, the position of their class."""
    above = pl.lit(pl.Series(SIZE_EDGES)).search_sorted(pl.col("amount"), side="right")
    rated = margins.items(frames, query).filter(tiers.is_rated())
    return rated.with_columns(size=above.cast(pl.Int64) - 1)


def _classes() -> pl.LazyFrame:
    """Every size class: its position and its edges."""
    edges = {"from_amount": SIZE_EDGES[:-1], "to_amount": SIZE_EDGES[1:]}
    classes = pl.LazyFrame(edges, schema=dict.fromkeys(edges, pl.Int64))
    return classes.with_columns(size=pl.int_range(pl.len(), dtype=pl.Int64))


_GROUPS = (*DIMENSIONS, "category")
REPORTS = (
    Report("margin-spreads", margins.MARGIN_TABLES, SPREADS, by_dimension, by=_GROUPS),
    Report("margin-density", margins.MARGIN_TABLES, DENSITY, density),
    Report("margin-sizes", margins.MARGIN_TABLES, SIZES, sizes),
)

"""What a comparison of quarters has to say: totals, largest movers, what chance leaves over."""

import polars as pl

from analytics import comparisons
from analytics.comparisons import GROUP, MEASURES
from analytics.quarter import FIGURES, ORDER, long
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report
from analytics.win_curves import ALL

MOST = 2  # of what lies beyond chance, of each measure and comparison: the clearest
FINDING = {"total": 0, "mover": 1, "outside": 2, "tested": 3, "unknown": 4}
FINDINGS = pl.Schema(
    {
        "position": pl.Int64(),  # from 1, in the order to read them
        "finding": pl.String(),  # one of FINDING
        **GROUP,
        "measure": pl.String(),
        "against": pl.String(),
        **FIGURES,
        "cases": pl.Int64(),
        "verdict": pl.String(),
        "tested": pl.Int64(),  # comparisons of groups that enough cases allowed
        "outside": pl.Int64(),  # of these, beyond chance
        "expected": pl.Float64(),  # of these, by chance alone
    }
)
_UNITS = sorted({unit for unit, _, _ in MEASURES.values()})
_LEVEL = 0.05  # a change that means nothing lies beyond its 95 % interval so often


def findings(frames: Frames, query: Query) -> pl.LazyFrame:
    """The findings of the period against the one before and against a year before.

    Returns:
        FINDINGS. `total`: every measure of everything. Of dimensions with two groups or more,
        `mover`: the one that won the most more, and the one that won the most less.
        `outside`: groups whose change lies beyond chance, those furthest out first.
        `tested`: how many did, and how many would by chance alone. `unknown`: a measure
        that cannot be compared.
    """
    rows = long(comparisons.sides(frames, query, DIMENSIONS)).cache()
    is_whole = pl.col("dimension") == ALL
    total, parts = rows.filter(is_whole), rows.filter(~is_whole).filter(_is_several())
    is_known = pl.col("verdict").is_not_null()
    found = {
        "total": total.filter(is_known),
        "mover": _movers(parts),
        "outside": _outside(parts),
        "tested": _tested(parts),
        "unknown": total.filter(~is_known),
    }
    coded = [part.with_columns(finding=pl.lit(kind)) for kind, part in found.items()]
    kind, (measure, against) = pl.col("finding").replace_strict(FINDING), ORDER
    return (
        pl.concat(coded, how="diagonal")
        .sort(kind, against, measure, "place", nulls_last=True)
        .with_columns(position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        .select(FINDINGS.names())
    )


def _is_several() -> pl.Expr:
    """True for groups that are not alone in their dimension: one says only what the total does."""
    return pl.col("group_id").n_unique().over("dimension") > 1


def _movers(parts: pl.LazyFrame) -> pl.LazyFrame:
    """Of each dimension and comparison the greatest gain and the greatest loss."""
    change = pl.col("change_amount")
    each = ("against", "dimension")
    won = parts.filter(pl.col("measure") == "won_amount", change.is_not_null())
    named = won.sort("group", "group_id", nulls_last=True)
    gains, losses = (
        named.filter(sign).filter(change.abs() == change.abs().max().over(each))
        for sign in (change > 0, change < 0)
    )
    at = pl.col("dimension").replace_strict({name: 2 * n for n, name in enumerate(DIMENSIONS)})
    both = pl.concat([gains, losses]).unique((*each, _is_gain()), keep="first", maintain_order=True)
    return both.with_columns(place=at + pl.when(_is_gain()).then(0).otherwise(1))


def _is_gain() -> pl.Expr:
    return pl.col("change_amount") > 0


def _outside(parts: pl.LazyFrame) -> pl.LazyFrame:
    """The changes beyond chance that lie furthest out, MOST of each measure and comparison."""
    change, low, high = (
        pl.coalesce(pl.col(f"{end}_{unit}").cast(pl.Float64) for unit in _UNITS)
        for end in ("change", "low", "high")
    )
    up, down = change / (change - low), change / (change - high)  # 1: just beyond
    strength = pl.when(pl.col("verdict") == "up").then(up).otherwise(down)
    return (
        parts.filter(pl.col("verdict").is_in(("up", "down")))
        .sort(-strength, "dimension", "group", "group_id", ORDER[0], nulls_last=True)
        .with_columns(place=pl.int_range(1, pl.len() + 1).over("against", "measure"))
        .filter(pl.col("place") <= MOST)
    )


def _tested(parts: pl.LazyFrame) -> pl.LazyFrame:
    """How many changes of groups were tested against each period, and lie beyond chance."""
    is_outside = pl.col("verdict").is_in(("up", "down"))
    is_tested = is_outside | (pl.col("verdict") == "chance")
    counts = parts.group_by("against").agg(
        tested=is_tested.sum().cast(pl.Int64), outside=is_outside.sum().cast(pl.Int64)
    )
    return counts.filter(pl.col("tested") > 0).with_columns(expected=pl.col("tested") * _LEVEL)


REPORTS = (Report("quarter-findings", comparisons.TABLES, FINDINGS, findings),)

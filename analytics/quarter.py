"""A quarter, or any period, against the one before and against the same one a year before."""

from collections.abc import Mapping

import polars as pl

from analytics import comparisons, periods
from analytics.comparisons import GROUP, MEASURES, VALUES
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report
from analytics.win_curves import ALL

_KINDS: dict[str, pl.DataType] = {"amount": pl.Int64(), "rate": pl.Float64(), "count": pl.Int64()}
_OWN = {name: _KINDS[unit] for name, (unit, _, _) in MEASURES.items()}
_GROUP = {name: kind for name, kind in GROUP.items() if name != "dimension"}
FIGURES = {f"{value}_{unit}": kind for unit, kind in _KINDS.items() for value in VALUES}

QUARTER = pl.Schema(
    {
        **_GROUP,
        **_OWN,
        **{f"{a}_{name}": kind for a in periods.AGAINST for name, kind in _OWN.items()},
        # up, down, chance or few; null: one side is unknown
        **{f"{a}_{name}_verdict": pl.String() for a in periods.AGAINST for name in _OWN},
    }
)
CHANGES = pl.Schema(
    {
        **_GROUP,
        "measure": pl.String(),
        "against": pl.String(),
        **FIGURES,  # those of the measure's unit, the others null
        "cases": pl.Int64(),  # deals or visits behind both sides
        "verdict": pl.String(),
    }
)


def quarter(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every group of `query.by` in the period, in the one before and a year before.

    Returns:
        QUARTER, the row ALL first, then by label, the unknown group last; see
        `comparisons.sides`.
    """
    one, other = (
        _wide(against, s) for against, s in comparisons.sides(frames, query, [query.by]).items()
    )
    rows = one.join(other, on="group_id", how="full", coalesce=True, nulls_equal=True)
    filled = (pl.coalesce(name, f"{name}_right").alias(name) for name in ("group", *MEASURES))
    return rows.with_columns(filled).sort(*_ORDER, nulls_last=True).select(QUARTER.names())


def changes(frames: Frames, query: Query) -> pl.LazyFrame:
    """The same with the interval of every change, a row for each measure and comparison.

    Returns:
        CHANGES, groups in the order of `quarter`, then measures and comparisons in theirs.
    """
    rows = long(comparisons.sides(frames, query, [query.by]))
    return rows.sort(*_ORDER, *ORDER, nulls_last=True).select(CHANGES.names())


def long(sides: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """CHANGES of all measures and comparisons, in no order."""
    cells = pl.concat_list(_cell(name) for name in MEASURES).alias("cell")
    return pl.concat(
        side.select(*GROUP, cells).explode("cell").unnest("cell").with_columns(against=pl.lit(name))
        for name, side in sides.items()
    )


def _cell(name: str) -> pl.Expr:
    """One measure of a group as a struct."""
    unit = MEASURES[name][0]
    own = {f"{value}_{unit}": pl.col(f"{value}_{name}") for value in VALUES}
    return pl.struct(
        pl.lit(name).alias("measure"),
        *(own.get(c, pl.lit(None, kind)).alias(c) for c, kind in FIGURES.items()),
        pl.col(f"cases_{name}").alias("cases"),
        pl.col(f"verdict_{name}").alias("verdict"),
    )


def _wide(against: str, side: pl.LazyFrame) -> pl.LazyFrame:
    return side.select(
        *_GROUP,
        *(pl.col(f"now_{name}").alias(name) for name in MEASURES),
        *(pl.col(f"then_{name}").alias(f"{against}_{name}") for name in MEASURES),
        *(pl.col(f"verdict_{name}").alias(f"{against}_{name}_verdict") for name in MEASURES),
    )


_ORDER = (pl.col("group_id").ne_missing(ALL), "group", "group_id")
ORDER = (
    pl.col("measure").replace_strict({name: n for n, name in enumerate(MEASURES)}),
    pl.col("against").replace_strict({name: n for n, name in enumerate(periods.AGAINST)}),
)

REPORTS = (
    Report("quarter", comparisons.TABLES, QUARTER, quarter, by=DIMENSIONS),
    Report("quarter-changes", comparisons.TABLES, CHANGES, changes, by=DIMENSIONS),
)

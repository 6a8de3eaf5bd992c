"""Won deals or lines whose margin is unusual for what was sold."""

import polars as pl

from analytics import listing, margins
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

FEWEST = 10  # margins that tell what is usual
WHISKER = 1.5  # interquartile ranges beyond the quartiles
_LAST_DIGIT = 1e-12  # of a rate: what lies on a fence is inside
_LEVELS = ("product", "category", None)  # whose margins tell, the closest first; None: all

OUTLIERS = pl.Schema(
    {
        **listing.MARGIN_ROWS,
        "compared_with": KEY,  # product, category or all
        "compared_count": pl.Int64,  # their margins in the period
        "usual_low_rate": pl.Float64,
        "usual_high_rate": pl.Float64,
        "beyond_rate": pl.Float64,  # so far outside the usual; below 0: lower than usual
    }
)


def outliers(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won deals or lines with a margin far outside those of the same product.

    Usual is what lies within 1.5 interquartile ranges of the quartiles of the product's
    margins in the period; of the category's where the product has fewer than ten or no
    spread at all, else of all.

    Source: Tukey, Exploratory Data Analysis, 1977: the inner fences of a box plot.

    Returns:
        OUTLIERS, one row per deal or line, the furthest outside first; ties by id.
    """
    rate, low, high = (
        pl.col(name) for name in ("margin_rate", "usual_low_rate", "usual_high_rate")
    )
    is_low, is_high = rate < low - _LAST_DIGIT, rate > high + _LAST_DIGIT
    beyond = pl.when(is_low).then(rate - low).when(is_high).then(rate - high)
    furthest = [pl.col("beyond_rate").abs(), "deal_id", "line"]
    return (
        listing.margin_rows(frames, query)
        .filter(rate.is_not_null())
        .with_columns(usual=pl.coalesce(_usual(level) for level in _LEVELS))
        .unnest("usual")
        .with_columns(beyond_rate=beyond)
        .filter(pl.col("beyond_rate").is_not_null())
        .sort(furthest, descending=[True, False, False], nulls_last=True)
        .select(OUTLIERS.names())
    )


def _usual(level: str | None) -> pl.Expr:
    """What is usual among the rows of the same `level`; null if too few tell."""
    rate = pl.col("margin_rate")
    group = pl.col(level) if level else pl.lit(0)
    low, high, count = (
        value.over(group)
        for value in (rate.quantile(0.25, "linear"), rate.quantile(0.75, "linear"), pl.len())
    )
    reach = WHISKER * (high - low)
    usual = pl.struct(
        compared_with=pl.lit(level or "all", KEY),
        compared_count=count.cast(pl.Int64),
        usual_low_rate=low - reach,
        usual_high_rate=high + reach,
    )
    return pl.when(group.is_not_null() & (count >= FEWEST) & (reach > 0)).then(usual)


REPORTS = (Report("margin-outliers", margins.MARGIN_TABLES, OUTLIERS, outliers),)

"""Durations of which some are still running."""

import polars as pl

_EXACT = 1e-9  # a product of shares that should be 0.5 may miss it by a rounding error


def quantiles(durations: pl.LazyFrame, by: str, **shares: float) -> pl.LazyFrame:
    """Days by which a share of the durations has ended, per value of `by`.

    Args:
        durations: `by`, `days` (Int64, 0 or more) and `has_ended`; a running one is
            censored: it counts as at risk up to its days and never as ended.
        by: the grouping column; null is a group.
        shares: output column -> share that has ended, e.g. median_days=0.5.

    Returns:
        One row per group: `by` and the output columns (Float64), the first day on which at
        least that share has ended; null while the estimate does not reach it.

    Source: Kaplan and Meier 1958.
    """
    steps = (
        durations.group_by(by, "days")
        .agg(ended=pl.col("has_ended").sum().cast(pl.Int64), durations=pl.len().cast(pl.Int64))
        .sort(by, "days")
        .with_columns(at_risk=pl.col("durations").cum_sum(reverse=True).over(by))
        .with_columns(ended_rate=1 - (1 - pl.col("ended") / pl.col("at_risk")).cum_prod().over(by))
    )
    return steps.group_by(by).agg(
        pl.col("days")
        .filter(pl.col("ended_rate") >= share - _EXACT)
        .min()
        .cast(pl.Float64)
        .alias(name)
        for name, share in shares.items()
    )

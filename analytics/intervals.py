"""Intervals for shares, so that three deals are not read like three hundred."""

import polars as pl

_Z = 1.959963984540054  # 97.5 % quantile of the normal distribution


def wilson(successes: pl.Expr, trials: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % interval of successes / trials; null without trials.

    Source: Wilson 1927, without continuity correction; unlike the normal approximation it
    stays inside 0..1 and is honest at 0 and at 1.
    """
    n = pl.when(trials > 0).then(trials.cast(pl.Float64))
    share = successes.cast(pl.Float64) / n
    centre = share + _Z**2 / (2 * n)
    spread = _Z * (share * (1 - share) / n + _Z**2 / (4 * n**2)).sqrt()
    scale = 1 + _Z**2 / n
    low = ((centre - spread) / scale).clip(0)
    high = ((centre + spread) / scale).clip(upper_bound=1)
    return pl.min_horizontal(low, share), pl.max_horizontal(high, share)  # exact at 0 and 1

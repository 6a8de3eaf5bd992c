"""Intervals for shares and means, so that three deals are not read like three hundred."""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import bdtr, betaincinv, gammaincinv, stdtrit

Floats = npt.NDArray[np.float64]

_Z = 1.959963984540054  # 97.5 % quantile of the normal distribution
_EXACT = 1e-12  # a sum of shares that should be 1 may miss it by a rounding error


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


def mean(mean: pl.Expr, variance: pl.Expr, n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % interval of a mean of `n` independent values.

    `variance` is that of the sample, with n - 1. Null where the values do not differ.
    Source: Student 1908.
    """
    squared = variance / n
    half = _student(n - 1) * squared.sqrt()
    return _around(mean, half, squared)


def difference(
    one: tuple[pl.Expr, pl.Expr, pl.Expr], other: tuple[pl.Expr, pl.Expr, pl.Expr]
) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % interval of one mean less another.

    Each is mean, variance and number of independent values, as for `mean`; the variances
    may differ. Source: Welch 1947.
    """
    (mean, variance, n), (other_mean, other_variance, m) = one, other
    part, other_part = variance / n, other_variance / m
    squared = part + other_part
    freedom = squared**2 / (part**2 / (n - 1) + other_part**2 / (m - 1))
    return _around(mean - other_mean, _student(freedom) * squared.sqrt(), squared)


def _around(centre: pl.Expr, half: pl.Expr, squared: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    is_known = squared > 0  # without any spread the sample says nothing of its own error
    return pl.when(is_known).then(centre - half), pl.when(is_known).then(centre + half)


def _student(freedom: pl.Expr) -> pl.Expr:
    """97.5 % quantile of Student's t."""
    return freedom.cast(pl.Float64).map_batches(
        lambda of: pl.Series(stdtrit(of.to_numpy(), 0.975)), return_dtype=pl.Float64
    )


def log_log(share: pl.Expr, variance: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the 95 % interval of an estimated share; null at 0 and at 1.

    Source: Kalbfleisch and Prentice 1980: normal on the scale of log(-log), so that it stays
    inside 0..1; the error is carried over by the delta method.
    """
    inside = pl.when((share > 0) & (share < 1 - _EXACT)).then(share)
    spread = (_Z * variance.sqrt() / (inside * -inside.log())).exp()
    return inside**spread, inside ** (1 / spread)


def jeffreys(successes: Floats, trials: Floats, level: float) -> tuple[Floats, Floats]:
    """Ends of the interval of successes / trials; nan without trials.

    Source: Brown, Cai and DasGupta 2001: Jeffreys' prior, closed at 0 and at 1.
    """
    tail = (1 - level) / 2
    a, b = successes + 0.5, trials - successes + 0.5
    low = np.where(successes > 0, betaincinv(a, b, tail), 0)
    high = np.where(successes < trials, betaincinv(a, b, 1 - tail), 1)
    return np.where(trials > 0, low, np.nan), np.where(trials > 0, high, np.nan)


def garwood(counts: Floats, exposures: Floats, level: float) -> tuple[Floats, Floats]:
    """Ends of the interval of a Poisson count per unit of exposure; nan without exposure.

    Source: Garwood 1936.
    """
    tail = (1 - level) / 2
    per = np.divide(1, exposures, out=np.full_like(exposures, np.nan), where=exposures > 0)
    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 1), tail), 0)
    return low * per, gammaincinv(counts + 1, 1 - tail) * per


def of_median(values: Floats, level: float) -> tuple[float, float]:
    """Ends of the interval of a median, two of the sorted values; nan where they are too few.

    Source: Hahn and Meeker 1991, 5.2: the two order statistics that enclose it at `level`.
    """
    tails = bdtr(np.arange(len(values) // 2), len(values), 0.5)
    below = int(np.searchsorted(tails, (1 - level) / 2, side="right"))
    if below < 1:
        return np.nan, np.nan
    ordered = np.sort(values)
    return float(ordered[below - 1]), float(ordered[len(values) - below])

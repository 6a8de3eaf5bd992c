"""Do margins pile up just above a limit of authority, taken from just below it?

People round: margins of 50, 45, 40 % are common for no other reason. So each limit is
compared with the other 5-point marks, the placebos, where nobody gains by getting over.
For every mark m, in deals:

    density    c(x) per point, log-linear through those of [m-4, m-2) and [m+1, m+3)
    expected   2 c(m-1) below, in [m-2, m), and c(m+1/2) above, in [m, m+1)
    tilt       (above - expected) + (expected - below)
    rounding   g = sum of tilt / sum of c(m) over the placebos, at least 0; over tens and
               fives apart where tens have more by over one standard error (limits are tens)
    excess     tilt - g c(m); a deal that was moved over the limit counts in it twice
    variance   above + below + (0.81 left + 0.01 right density) / 2 + (error of g x c(m))^2
               + (2 % of all expected)^2, for what the line between the sides misses;
               where the placebos differ by more than chance explains (chi-square, 5 %),
               times as much as they do

The p-value is one-sided and normal; Holm's correction covers the three limits. A mark with
fewer than 2.5 deals per point on one of its sides is not judged.

Source: the bunching estimator with round numbers of Kleven and Waseem 2013; Holm 1979;
widening by Birge's ratio, 1932.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import chdtrc, ndtr

from analytics import margins, tiers
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

Floats = npt.NDArray[np.float64]

FEWEST = 1_000  # deals with a margin; fewer do not tell rounding from moving
CERTAIN = 0.05  # corrected p-value below which margins count as moved
MARKS = np.arange(0, 75, 5)  # percent
LOWEST, HIGHEST = int(MARKS[0]) - 4, int(MARKS[-1]) + 2  # whole percents that are looked at
_IS_LIMIT = np.isin(MARKS, tiers.PERCENTS)
_IS_TEN = MARKS % 10 == 0
_THINNEST = 2.5  # deals per point beside a mark
_MISFIT = 0.02  # of the expected deals
_SURPRISING = 0.05  # so rarely chance lets the placebos differ by as much
_Z = 1.959963984540054  # 97.5 % quantile of the normal distribution

BUNCHING = pl.Schema(
    {
        "mark_rate": pl.Float64,
        "tier": KEY,  # who decides from here upwards; null: no limit, a placebo
        "below": pl.Int64,  # deals within two points below
        "above": pl.Int64,  # deals from the mark to one point above
        "expected_below": pl.Float64,  # null: too few deals around the mark
        "expected_above": pl.Float64,  # with the usual rounding
        "excess": pl.Float64,  # too many above and too few below, together
        "excess_rate": pl.Float64,  # of all expected
        "excess_low_rate": pl.Float64,  # 95 % interval
        "excess_high_rate": pl.Float64,
        "p_value": pl.Float64,
        "corrected_p_value": pl.Float64,  # for three limits; null for placebos
        "bunched": KEY,  # of a limit: moved, chance or few
        "count": pl.Int64,  # deals of the period with a margin
    }
)


class Asymmetry(NamedTuple):
    """What lies around each mark; the last axis are MARKS, nan where too few deals are."""

    below: Floats
    above: Floats
    expected_below: Floats
    expected_above: Floats
    deviation: Floats  # one standard error of the excess

    @property
    def excess(self) -> Floats:
        """Deals too many above and too few below, together."""
        return self.above - self.expected_above + self.expected_below - self.below

    @property
    def p_value(self) -> Floats:
        """How often chance alone brings at least this excess."""
        return ndtr(-self.excess / self.deviation)


def bunching(frames: Frames, query: Query) -> pl.LazyFrame:
    """Deals won in the period around every 5-point mark of margin; see the module.

    Always deals, whatever `query.grain`, and the limits of the regulations: a price is
    decided once, for the deal.

    Returns:
        BUNCHING, one row per mark, the lowest first. Margins were moved over some limit if
        any is "moved": together they cry wolf 5 times of 100. All are "few" under
        FEWEST deals, and a limit with too few deals around it is.
    """
    counted = (
        margins.won_deals(frames, query)
        .filter(tiers.is_rated())
        .group_by(percent=tiers.whole_percent(LOWEST - 1, HIGHEST + 1))
        .agg(count=pl.len().cast(pl.Int64))
    )
    return counted.map_batches(_judged, schema=BUNCHING)


def asymmetry(counts: npt.NDArray[np.int64]) -> Asymmetry:
    """The marks of one or many distributions.

    Args:
        counts: deals per whole percent from LOWEST to HIGHEST, on the last axis.
    """
    left, right = _within(counts, -4, -2) / 2, _within(counts, 1, 3) / 2
    below, above = _within(counts, -2, 0), _within(counts, 0, 1)
    is_thin = np.minimum(left, right) < _THINNEST
    left, right = (np.where(is_thin, np.nan, side) for side in (left, right))

    def density(at: float) -> Floats:
        """Deals per point at `at` points from the mark; the sides' middles are -3 and 2."""
        share = (at + 3) / 5
        return left ** (1 - share) * right**share

    smooth_below, smooth_above, here = 2 * density(-1), density(0.5), density(0)
    tilt = above - smooth_above + smooth_below - below
    noise = above + below + (0.81 * left + 0.01 * right) / 2
    rate, error, freedom = _rounding(tilt, here, noise)
    expected = smooth_above + rate * here
    variance = noise + (_MISFIT * (smooth_below + expected)) ** 2
    ratio = _disagreement((tilt - rate * here) ** 2 / variance, freedom)
    deviation = np.sqrt(ratio * (variance + (error * here) ** 2))
    return Asymmetry(below, above, smooth_below, expected, deviation)


def corrected(p_values: Floats) -> Floats:
    """Holm's p-values for the tests on the last axis; nan is no test."""
    order = np.argsort(p_values, axis=-1)  # nan last
    ascending = np.take_along_axis(p_values, order, axis=-1)
    tests = np.isfinite(ascending).sum(axis=-1, keepdims=True)
    left = tests - np.arange(ascending.shape[-1])
    stepped = np.maximum.accumulate(np.minimum(ascending * left, 1), axis=-1)
    result = np.empty_like(stepped)
    np.put_along_axis(result, order, stepped, axis=-1)
    return result


def _within(counts: npt.NDArray[np.int64], start: int, stop: int) -> Floats:
    """Deals from `start` to `stop` points off each mark."""
    points = [counts[..., MARKS + point - LOWEST] for point in range(start, stop)]
    return np.sum(points, axis=0, dtype=np.float64)


def _rounding(tilt: Floats, density: Floats, noise: Floats) -> tuple[Floats, Floats, Floats]:
    """Deals rounded to each mark per deals there, its standard error, and degrees of freedom.

    These are the placebos that can be judged, less the rates that they gave.
    """

    def pooled(which: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        total, deals, variance = (
            np.nansum(values[..., which & ~_IS_LIMIT], axis=-1, keepdims=True)
            for values in (tilt, density, noise)
        )
        with np.errstate(invalid="ignore", divide="ignore"):  # no placebo tells: nan
            return np.maximum(total / deals, 0), np.sqrt(variance) / deals

    every, tens, fives = pooled(_IS_TEN | ~_IS_TEN), pooled(_IS_TEN), pooled(~_IS_TEN)
    is_apart = tens[0] - fives[0] > np.hypot(tens[1], fives[1])
    rate, error = (
        np.where(is_apart, np.where(_IS_TEN, ten, five), both)
        for ten, five, both in zip(tens, fives, every, strict=True)
    )
    judged = np.isfinite(density[..., ~_IS_LIMIT]).sum(axis=-1, keepdims=True)
    return rate, error, judged - 1.0 - is_apart


def _disagreement(squares: Floats, freedom: Floats) -> Floats:
    """By how much the placebos differ more than chance explains, as a ratio; 1 if they do not."""
    total = np.nansum(squares[..., ~_IS_LIMIT], axis=-1, keepdims=True)
    freedom = np.maximum(freedom, 1)
    return np.where(chdtrc(freedom, total) < _SURPRISING, total / freedom, 1.0)


def _judged(counted: pl.DataFrame) -> pl.DataFrame:
    """BUNCHING from deals per whole percent."""
    total = int(counted["count"].sum())
    inside = counted.filter(pl.col("percent").is_between(LOWEST, HIGHEST))
    counts = np.zeros(HIGHEST - LOWEST + 1, np.int64)
    counts[inside["percent"].to_numpy() - LOWEST] = inside["count"].to_numpy()
    found = asymmetry(counts)
    p_values = np.where(total >= FEWEST, found.p_value, np.nan)
    of_limits = np.full(len(MARKS), np.nan)
    of_limits[_IS_LIMIT] = corrected(p_values[_IS_LIMIT])
    expected = found.expected_below + found.expected_above
    reach = _Z * found.deviation
    columns = {
        "mark_rate": MARKS / 100,
        "below": found.below.astype(np.int64),
        "above": found.above.astype(np.int64),
        "expected_below": found.expected_below,
        "expected_above": found.expected_above,
        "excess": found.excess,
        "excess_rate": found.excess / expected,
        "excess_low_rate": (found.excess - reach) / expected,
        "excess_high_rate": (found.excess + reach) / expected,
        "p_value": p_values,
        "corrected_p_value": of_limits,
    }
    p_value = pl.col("corrected_p_value")
    verdict = (
        pl.when(p_value.is_null())
        .then(pl.lit("few"))
        .when(p_value < CERTAIN)
        .then(pl.lit("moved"))
        .otherwise(pl.lit("chance"))
    )
    names = {percent / 100: tier for tier, percent in tiers.LIMITS.items()}
    tier = pl.Series("tier", [names.get(mark) for mark in MARKS / 100], KEY)
    return (
        pl.DataFrame(columns)
        .with_columns(pl.col(pl.Float64).fill_nan(None), tier, count=pl.lit(total, pl.Int64))
        .with_columns(bunched=pl.when(pl.col("tier").is_not_null()).then(verdict).cast(KEY))
        .select(BUNCHING.names())
    )


REPORTS = (Report("margin-bunching", margins.MARGIN_TABLES, BUNCHING, bunching),)

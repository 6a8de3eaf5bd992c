"""How far a sum over deals would move by chance: the deals are drawn again, many times.

In every draw each deal counts 0, 1, 2 ... times, by a Poisson count with mean 1 of its own.
That resamples whole deals, and lets their number vary as it does from period to period.

Source: Efron 1979; with Poisson counts Hanley and MacGibbon 2006.
"""

from math import exp, factorial

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtrit

Floats = npt.NDArray[np.float64]

DRAWS = 2_000
LEVEL = 0.9  # of an interval; 5 % lie on either side
_SEED = 20261127
_BLOCK = 4_096  # deals drawn at a time: what a million draws need fits in the cache
_OUTCOMES = 65_536  # equally likely ones make the Poisson count a look-up, ten times as fast
_CHANCES = np.cumsum([exp(-1) / factorial(count) for count in range(12)])
_COUNTS = np.searchsorted(_CHANCES, (np.arange(_OUTCOMES) + 0.5) / _OUTCOMES).astype(np.int8)


def totals(values: Floats, key: str) -> Floats:
    """The column sums of `values` in each draw: DRAWS rows, the columns of `values`.

    Args:
        values: one row per deal, in an order that does not depend on how they were read.
        key: whose deals these are; the same key and number of deals draw the same counts,
            so nobody's draws depend on what others do.
    """
    chance = np.random.default_rng([_SEED, *key.encode()])
    sums = np.zeros((DRAWS, values.shape[1]))
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        outcome = chance.integers(0, _OUTCOMES, (DRAWS, len(block)), dtype=np.uint16)
        sums += _COUNTS.take(outcome) @ block
    return sums


def ratios(parts: Floats, wholes: Floats) -> Floats:
    """The ratio of two sums, draw by draw; nan where the whole is not positive."""
    return np.divide(parts, wholes, out=np.full_like(parts, np.nan), where=wholes > 0)


def interval(draws: Floats, deals: float) -> tuple[float, float]:
    """The expanded percentile interval of draws, those that are nan left out.

    Plain percentiles of few deals lie too close together; the tails are set as far out as
    Student's t asks of so many `deals`.

    Source: Hesterberg, What Teachers Should Know About the Bootstrap, 2015, 4.1.
    """
    size = max(deals, 2)
    tail = ndtr(-np.sqrt(size / (size - 1)) * stdtrit(size - 1, (1 + LEVEL) / 2))
    low, high = np.nanquantile(draws, (tail, 1 - tail))
    return float(low), float(high)


def effective(weights: Floats) -> float:
    """How many deals of equal weight these are worth: one large deal hides the others.

    Source: Kish, Survey Sampling, 1965: (sum of weights)² / sum of squared weights.
    """
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0


def ranks(figures: Floats) -> npt.NDArray[np.int64]:
    """Each row's ranks from 1, the highest figure first; ties by position, nan last."""
    order = np.argsort(-figures, axis=1, kind="stable")
    found = np.empty_like(order)
    np.put_along_axis(found, order, np.arange(1, figures.shape[1] + 1)[None], axis=1)
    return found

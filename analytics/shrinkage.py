"""The adjusted win rate: a small record is read in the light of the whole department.

Source: the beta-binomial hierarchical model of Gelman et al., Bayesian Data Analysis (3rd
ed.), section 5.3. Putting one estimated prior in the place of the unknown one ("plug-in")
gives intervals that are far too narrow; here the prior's mean and spread are integrated out.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, expit, log_expit, logit, ndtri

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_SEED = 20261127
_LEVEL = 0.9  # of the interval; 5 % lie on either side
_SPREADS = 60  # nodes over the spread, which lies between 0 and 1
_MEANS = np.linspace(-5, 5, 15)  # nodes over the mean, in its standard errors
_NEGLIGIBLE = 1e-7  # share of the best node below which a node cannot move a result
_LOGITS = np.linspace(-16, 16, 2401)  # where the density of a rate is laid out


class Adjusted(NamedTuple):
    """One rate a rep, with its interval; in the order of the counts handed in."""

    rate: Floats
    low: Floats
    high: Floats


class _Priors(NamedTuple):
    """Beta priors `a`, `b` that the department's record leaves possible, and their weights."""

    a: Floats
    b: Floats
    weight: Floats


def adjusted(won: Counts, closed: Counts) -> Adjusted:
    """Each rep's win rate, drawn towards the department's as far as the record is short.

    Reps' true rates follow a beta distribution. Nothing is presumed of it but that its mean
    is uniform on 0..1 and its spread, 1 / sqrt(1 + a + b), too.

    Args:
        won: deals won, one count a rep.
        closed: deals won or lost; reps without any get the department's distribution.

    Returns:
        The posterior mean and the equal-tailed 90 % interval of each true rate.
    """
    if not len(closed):
        return Adjusted(np.zeros(0), np.zeros(0), np.zeros(0))
    records, of_rep = np.unique(np.stack([won, closed], axis=1), axis=0, return_inverse=True)
    order = np.lexsort((won, closed))  # a sum of floats depends on the order of its terms
    priors = _priors(won[order], closed[order])
    wins, losses = records[:, :1], records[:, 1:] - records[:, :1]
    means = (priors.a + wins) / (priors.a + priors.b + wins + losses)
    low, high = _interval(wins, losses, priors)
    by_record = np.stack([means @ priors.weight, low, high])
    return Adjusted(*by_record[:, of_rep.reshape(-1)])


def draws(won: Counts, closed: Counts, count: int) -> Floats:
    """True rates that the records leave possible: `count` rows, one rate a rep in each.

    The rates of a row stand under one prior, as `adjusted` weighs them: they are a draw of
    all rates together, so rows may be ranked. The same counts in the same order give the
    same draws.
    """
    if not len(closed):
        return np.zeros((count, 0))
    chance = np.random.default_rng(_SEED)
    order = np.lexsort((won, closed))
    priors = _priors(won[order], closed[order])
    node = chance.choice(len(priors.weight), count, p=priors.weight)
    a, b = priors.a[node, None], priors.b[node, None]
    return chance.beta(a + won, b + closed - won)


def _priors(won: Counts, closed: Counts) -> _Priors:
    """The priors on a grid, weighted by how well they explain all reps together.

    The grid follows the data: for each spread the means lie around the estimate that the
    spread implies, as far as its standard error asks.
    """
    spread = (np.arange(_SPREADS) + 0.5) / _SPREADS
    concentration = (1 / spread**2 - 1)[:, None]
    informative = closed * (1 + concentration) / (closed + concentration)
    rates = won / np.maximum(closed, 1)
    total = informative.sum(axis=1, keepdims=True) + 2  # as if one more was won and one lost
    centre = ((informative * rates).sum(axis=1, keepdims=True) + 1) / total
    error = 1 / np.sqrt(total * centre * (1 - centre))
    at = logit(centre) + error * _MEANS
    a, b = expit(at) * concentration, expit(-at) * concentration
    log_weight = _log_likelihood(won, closed, a, b)
    log_weight += np.log(error) + log_expit(at) + log_expit(-at)  # uniform mean, on logits
    weight = np.exp(log_weight - log_weight.max())
    kept = weight > _NEGLIGIBLE
    return _Priors(a[kept], b[kept], weight[kept] / weight[kept].sum())


def _log_likelihood(won: Counts, closed: Counts, a: Floats, b: Floats) -> Floats:
    """Beta-binomial log-likelihood of all records under each prior, less a constant."""
    records, reps = np.unique(np.stack([won, closed], axis=1), axis=0, return_counts=True)
    total = -reps.sum() * betaln(a, b)
    for (wins, of), times in zip(records, reps, strict=True):
        total += times * betaln(a + wins, b + of - wins)
    return total


def _interval(wins: Counts, losses: Counts, priors: _Priors) -> tuple[Floats, Floats]:
    """Ends of the 90 % interval of each record's mixture of beta distributions.

    The density of the rate is the likelihood of the record times a mixture of the priors; it
    is laid out over logits, where it is smooth, and summed with an end correction (Euler and
    Maclaurin), which keeps the ends exact for records of thousands.
    """
    log_p, log_q = log_expit(_LOGITS), log_expit(-_LOGITS)
    evidence = betaln(priors.a + wins, priors.b + losses) - betaln(priors.a, priors.b)
    share = np.log(priors.weight) - evidence
    top = share.max(axis=1, keepdims=True)
    shapes = np.exp(
        np.outer(priors.a, log_p) + np.outer(priors.b, log_q) - betaln(priors.a, priors.b)[:, None]
    )
    mixture = np.exp(share - top) @ shapes
    log_density = np.log(np.maximum(mixture, np.finfo(float).tiny)) + wins * log_p + losses * log_q
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    edges = np.diff(density, append=0) / 24
    cumulative = (np.cumsum(density, axis=1) + edges) / density.sum(axis=1, keepdims=True)
    tails = ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2)
    low, high = (_crossing(cumulative, tail) for tail in tails)
    return expit(low), expit(high)


def _crossing(cumulative: Floats, tail: float) -> Floats:
    """The logit at which each cumulative distribution passes `tail`.

    Read off on the scale of normal deviates, on which the distributions are nearly straight.
    """
    half = (_LOGITS[1] - _LOGITS[0]) / 2  # a node's sum reaches half a step beyond it
    deviates = ndtri(np.clip(cumulative, 1e-300, 1 - 1e-15))
    return np.array([np.interp(ndtri(tail), row, _LOGITS) + half for row in deviates])

"""Deals not yet opened: how many will be, of what size, and how soon they are won."""

from dataclasses import dataclass

import numpy as np

from analytics.forecasting.chances import NEW, Days, Hazards, incidence
from analytics.forecasting.history import NEVER, Floats, History, Ints, month_of, tallied

YEAR = 365
_BLOCK = 30  # days: the openings of such spans tell how much a month's openings vary
_SEASONED = 2  # years of history from which each month of the year has a season of its own


@dataclass(frozen=True)
class Arrivals:
    """Openings of the last year, which are expected to come again.

    `deal` are those of the chosen, orders without an opening among them; each comes again
    `rate` times a day on a usual one. `season` is the factor of each month of the year,
    `swings` are the factors by which spans of the past differed from what was usual.
    """

    deal: Ints
    rate: float
    season: Floats
    swings: Floats


def arrivals(history: History, as_of: int) -> Arrivals:
    """The openings of the year up to the end of `as_of`."""
    came = np.where(history.opened == NEVER, history.ended, history.opened)
    first = came[came <= as_of].min(initial=as_of)
    window = min(YEAR, as_of - first + 1)
    recent = (came <= as_of) & (came > as_of - window)
    season = _season(came, first, as_of)
    usual = season[month_of(np.arange(as_of - window + 1, as_of + 1)) % 12]
    blocks = window // _BLOCK
    ago = (as_of - came[recent]) // _BLOCK
    found = tallied(ago[ago < blocks], blocks)
    due = usual[::-1][: blocks * _BLOCK].reshape(blocks, _BLOCK).sum(axis=1)
    swings = found / due / (found.sum() / due.sum()) if found.sum() else np.ones(1)
    return Arrivals(np.flatnonzero(recent & history.chosen), 1 / usual.sum(), season, swings)


def _season(came: Ints, first: int, as_of: int) -> Floats:
    """How much more is opened in each month of the year, by whole years of history.

    Drawn towards 1: two years say two thirds of it, three years three quarters.
    """
    years = (as_of - first + 1) // YEAR
    if years < _SEASONED:
        return np.ones(12)
    span = np.arange(as_of - years * YEAR + 1, as_of + 1)
    inside = came[(came >= span[0]) & (came <= as_of)]
    days, found = (tallied(month_of(of) % 12, 12) for of in (span, inside))
    return 1 + (found / days / (len(inside) / len(span)) - 1) * years / (years + 1)


def wins_of_new(known: Hazards, factors: Floats, opened: Floats, days: Days) -> Floats:
    """Wins to expect of deals opened on the days ahead.

    Args:
        known: the hazards; a new deal is a case from the evening before.
        factors: on the hazard to win, one a kind of deal.
        opened: how many of each kind are opened on each day.
        days: what lies ahead, at most as long as the hazards.

    Returns:
        replicate x kind x month of opening x month of winning.
    """
    ahead, months = len(opened), len(days.months)
    of_month = np.searchsorted(days.months, np.arange(ahead), side="right") - 1
    won, lost = (hazard[:, None, NEW] for hazard in (known.won, known.lost))
    wins = np.zeros((len(won), len(factors), months, months))
    daily = np.zeros((len(won), len(factors), ahead))
    for day in range(ahead):
        daily[..., :day] = 0
        daily[..., day:] = incidence(
            won[..., : ahead - day] * factors[:, None] * days.won_pace[day:],
            lost[..., : ahead - day] * days.lost_pace[day:],
        )
        by_month = np.add.reduceat(daily, days.months, axis=-1)
        wins[:, :, of_month[day]] += opened[day] * by_month
    return wins

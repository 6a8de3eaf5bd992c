"""What the calendar does to deals: the pace of a quarter, and what months have in common.

Deals are closed before a quarter ends rather than after it began, and good and bad months hit
all deals at once. Both are read off the closings in each piece of the calendar, against those
to expect from the ages of the deals that were open in it.
"""

from dataclasses import dataclass

import numpy as np

from analytics.forecasting.history import LIFE, Floats, History, Ints, month_of, number, on, tallied
from analytics.periods import shift

PHASES = 9  # thirds of the months of a quarter
_THIRDS = (1, 11, 21)  # the days of a month on which they begin
_AGES = 730  # days since opening; older deals count as this old
_PRIOR_EVENTS = 10  # expected closings that a usual pace counts for in each phase
_USUAL_SPREAD = 0.15  # of the common effect of a month where few months are known...
_PRIOR_MONTHS = 6  # ...which counts for so many
_LEAST_SPREAD = 0.05  # no record is long enough to rule a common effect out


@dataclass(frozen=True)
class Ages:
    """Deals at risk, won and lost by piece of the calendar and age; a piece is part of a third."""

    start: Ints  # first day of each piece
    phase: Ints
    month: Ints  # `month_of`
    at_risk: Floats
    won: Floats
    lost: Floats


@dataclass(frozen=True)
class Calendar:
    """How closings hasten and slacken in the phases of a quarter, and how months vary."""

    pace: Floats  # of winning, by phase: the factor on the daily hazard
    lost_pace: Floats
    spread: float
    hazard: Floats  # of winning, by days since opening


def phases(days: Ints, fiscal_month: int) -> Ints:
    """The phase of the fiscal quarter in which each day lies."""
    month = month_of(days)
    day = days - month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return (month + 1 - fiscal_month) % 3 * 3 + np.minimum(day // 10, 2)


def ages(history: History, cuts: list[int]) -> Ages:
    """The lives of all deals up to `as_of`, cut at thirds of months and after the days `cuts`."""
    life = history.code == LIFE
    opened, closed, wins = history.entered[life], history.closed[life], history.wins[life]
    start = _pieces(int(opened.min(initial=history.as_of)), history.as_of, cuts)
    last = np.append(start[1:], history.as_of + 1) - 1
    ended = np.minimum(closed, history.as_of)
    at_risk, won, lost = np.zeros((3, len(start), _AGES + 1))
    for piece, (first_day, last_day) in enumerate(zip(start, last, strict=True)):
        here = (opened <= last_day) & (ended >= first_day)
        began = np.minimum(np.maximum(first_day - opened[here], 0), _AGES)
        left = np.minimum(np.minimum(ended[here], last_day) - opened[here], _AGES)
        came, went = (tallied(age, _AGES + 2) for age in (began, left + 1))
        at_risk[piece] = (came - went).cumsum()[:-1]
        closes = closed[here] <= last_day
        for table, which in ((won, wins[here]), (lost, ~wins[here])):
            table[piece] = tallied(left[closes & which], _AGES + 1)
    return Ages(
        start=start,
        phase=phases(start, history.fiscal_month),
        month=month_of(start),
        at_risk=at_risk,
        won=won,
        lost=lost,
    )


def _pieces(first: int, as_of: int, cuts: list[int]) -> Ints:
    """First days of the pieces from the month of `first` to `as_of`."""
    month, days = on(first).replace(day=1), [cut + 1 for cut in cuts]
    while number(month) <= as_of:
        days += [number(month.replace(day=day)) for day in _THIRDS]
        month = shift(month, 1)
    return np.unique([day for day in days if day <= as_of])


def calendar(known: Ages, as_of: int) -> Calendar:
    """Pace and spread as known at the end of `as_of`, after which the ages were cut.

    Source: indirect standardisation. The spread is the moment estimate of how much the wins
    of whole months vary beyond a Poisson count, drawn towards a usual one by few months.
    """
    seen = known.start <= as_of
    phase, month = known.phase[seen], known.month[seen]
    wins, expected, hazard = _expected(known.won[seen], known.at_risk[seen])
    losses, expected_losses, _ = _expected(known.lost[seen], known.at_risk[seen])
    pace = _pace(wins, expected, phase)
    whole = month < month_of(np.array([as_of + 1]))
    of_month = month[whole] - month[0]
    usual = tallied(of_month, 0, (expected * pace[phase])[whole])
    return Calendar(
        pace=pace,
        lost_pace=_pace(losses, expected_losses, phase),
        spread=_spread(tallied(of_month, 0, wins[whole]), usual),
        hazard=hazard,
    )


def _expected(events: Floats, at_risk: Floats) -> tuple[Floats, Floats, Floats]:
    """Events of each piece, those that its ages let expect, and the hazard by age."""
    hazard = events.sum(axis=0) / np.maximum(at_risk.sum(axis=0), 1)
    return events.sum(axis=1), at_risk @ hazard, hazard


def _pace(events: Floats, expected: Floats, phase: Ints) -> Floats:
    """How many times as many events each phase sees as expected, drawn towards once."""
    found, due = (tallied(phase, PHASES, of) for of in (events, expected))
    return (found + _PRIOR_EVENTS) / (due + _PRIOR_EVENTS)


def _spread(won: Floats, usual: Floats) -> float:
    """The standard deviation of the factor that all chances of a month have in common."""
    free = len(won) - 3  # a pace was fitted to each month of the quarter
    if free < 1:
        return _USUAL_SPREAD
    prior = _PRIOR_MONTHS * np.mean(usual**2)
    beyond = np.sum((won - usual) ** 2) * len(won) / free - np.sum(usual)
    share = (beyond + prior * _USUAL_SPREAD**2) / (np.sum(usual**2) + prior)
    return float(np.sqrt(max(share, _LEAST_SPREAD**2)))

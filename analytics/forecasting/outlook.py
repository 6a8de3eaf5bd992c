"""The months ahead, simulated from what was known on a day.

Open deals are won or not by their chance. Deals not yet opened, and lost ones that are
opened again, come as they came in the past. All of them share the effect of their month:
were deals independent of each other, the bands would be far too narrow.
"""

from dataclasses import dataclass

import numpy as np

from analytics.forecasting import calendar, chances
from analytics.forecasting.arrivals import wins_of_new
from analytics.forecasting.chances import FORGOTTEN, REPLICATES, Days
from analytics.forecasting.history import (
    LIFE,
    LOST,
    NEVER,
    STAGE,
    Floats,
    History,
    Ints,
    month_of,
    tallied,
)
from analytics.forecasting.model import ORDER, Model

DRAWS = 50 * REPLICATES
MOST_SINGLE = 2_000  # deals that are drawn one by one
_SEED = 7


@dataclass(frozen=True)
class Standing:
    """Deals that were open, or had been lost of late, at the end of a day."""

    deal: Ints
    code: Ints
    days: Ints  # in the stage; since opening where the stage is unknown


@dataclass(frozen=True)
class Outlook:
    """What a period still brings, by part: in each draw, and on average.

    `open` are open deals, `new` those not yet opened or opened again. `chance` is that of
    each deal of `standing` to be won in the period, `amount` what it then brings.
    """

    standing: Standing
    chance: Floats
    amount: Floats
    open: Floats
    new: Floats
    mean_open: float
    mean_new: float


def standing(history: History, as_of: int) -> Standing:
    """Each open deal in its stage, or in its life where that is unknown, and the lost.

    Today's open deals are those the records call open, whatever their history tells.
    """
    runs = (history.entered <= as_of) & (history.left > as_of)
    is_lost, is_life = history.code == LOST, history.code == LIFE
    if as_of == history.as_of:
        is_open = (history.ended == NEVER)[history.deal]
        runs = np.where(is_life, is_open, runs & (is_open ^ is_lost))
    staged = np.zeros(len(history.opened), np.bool_)
    staged[history.deal[runs & (history.code >= STAGE)]] = True
    runs &= ~(is_life & staged[history.deal])
    runs &= ~is_lost | (history.entered > as_of - FORGOTTEN)
    at = np.flatnonzero(runs & history.chosen[history.deal])
    at = at[np.argsort(history.deal[at], kind="stable")]
    return Standing(history.deal[at], history.code[at], as_of - history.entered[at])


def outlook(history: History, known: Model, as_of: int, until: int) -> Outlook:
    """What the days after `as_of` and before `until` bring."""
    chance = np.random.default_rng(_SEED)
    at, days = standing(history, as_of), _days(history, known, as_of, until)
    effects = _effects(chance, known.calendar.spread, len(days.months))
    state, factor, case = _cases(known, at)
    odds = chances.chances(known.hazards, state, factor, days)
    amount, lost = known.amount[at.deal], at.code == LOST
    new, rates = _coming(chance, known, np.arange(as_of + 1, until), days, effects)
    back = odds[:, case[lost]]
    again = (_by_draw(back.sum(axis=1)) * effects).sum(axis=1)
    estimate = odds[0, case].sum(axis=1)
    expected, items = amount * estimate, known.amount[known.arrivals.deal]
    return Outlook(
        standing=at,
        chance=estimate,
        amount=amount,
        open=_won(chance, odds, case[~lost], amount[~lost], effects),
        new=_compound(chance, new, rates, items)
        + _compound(chance, again, back[0].sum(axis=1), amount[lost]),
        mean_open=expected[~lost].sum(),
        mean_new=items @ rates + expected[lost].sum(),
    )


def _days(history: History, known: Model, as_of: int, until: int) -> Days:
    """The days ahead, as the calendar lets expect them."""
    days = np.arange(as_of + 1, until)
    phase = calendar.phases(days, history.fiscal_month)
    return Days(
        won_pace=known.calendar.pace[phase],
        lost_pace=known.calendar.lost_pace[phase],
        months=np.flatnonzero(np.diff(month_of(days), prepend=-1)),
    )


def _effects(chance: np.random.Generator, spread: float, months: int) -> Floats:
    """The common factor of each month, draw x month, 1 on average."""
    return chance.gamma(1 / spread**2, spread**2, (DRAWS, months))


def _by_draw(of_replicates: Floats) -> Floats:
    """Each draw's own replicate; the estimate, the first, is none of them."""
    return np.repeat(of_replicates[1:], DRAWS // REPLICATES, axis=0)


def _cases(known: Model, at: Standing) -> tuple[Ints, Floats, Ints]:
    """State and factor of the distinct cases, and which of them each deal is."""
    kinds = len(known.factors)
    number = chances.state_of(at.code, at.days) * kinds + known.kind[at.deal]
    distinct, case = np.unique(number, return_inverse=True)
    state, kind = np.divmod(distinct, kinds)
    return state, known.factors[kind], case


def _coming(
    chance: np.random.Generator, known: Model, dates: Ints, days: Days, effects: Floats
) -> tuple[Floats, Floats]:
    """Wins of deals not yet opened: how many each draw expects, and how many of each item."""
    came, months = known.arrivals, len(days.months)
    opened = came.rate * came.season[month_of(dates) % 12]
    won = wins_of_new(known.hazards, known.factors, opened, days)
    won[:, ORDER] = np.diag(np.add.reduceat(opened, days.months))
    of_kind = tallied(known.kind[came.deal], len(known.factors))
    level = chance.choice(came.swings, (DRAWS, len(came.swings))).mean(axis=1)
    swings = chance.choice(came.swings, (DRAWS, months)) * level[:, None]
    by_opening = _by_draw(np.einsum("k,rkmn->rmn", of_kind, won))
    wins = np.einsum("dm,dmn,dn->d", swings, by_opening, effects)
    return wins, won[0].sum(axis=(1, 2))[known.kind[came.deal]]


def _won(
    chance: np.random.Generator, odds: Floats, case: Ints, amount: Floats, effects: Floats
) -> Floats:
    """Amount won in each draw of deals that are won at most once.

    The MOST_SINGLE deals that may change it most are drawn one by one. What a great many
    others bring together varies like a normal distribution (central limit).
    """
    spread = odds[0, case].sum(axis=1) * amount**2
    place = np.argsort(-spread, kind="stable")
    single, many = place[:MOST_SINGLE], place[MOST_SINGLE:]
    cases = odds.shape[1]
    money, squares = (tallied(case[many], cases, amount[many] ** n) for n in (1, 2))
    won = []
    for of_replicate, shared in zip(odds[1:], np.split(effects, REPLICATES), strict=True):
        to_win = shared @ of_replicate[case[single]].T
        is_won = chance.random(to_win.shape) < to_win
        together = _of_many(chance, of_replicate, money, squares, shared)
        won.append(np.where(is_won, amount[single], 0).sum(axis=1) + together)
    return np.concatenate(won)


def _of_many(
    chance: np.random.Generator, odds: Floats, money: Floats, squares: Floats, shared: Floats
) -> Floats:
    """Amount won in each draw of `shared` by many deals together.

    `odds` is case x month; `money` and `squares` are sums of the amounts of each case and of
    their squares.
    """
    mean = shared @ (money @ odds)
    variance = shared @ (squares @ odds)
    variance -= np.sum(shared @ (odds.T * squares @ odds) * shared, axis=1)
    return np.maximum(chance.normal(mean, np.sqrt(np.maximum(variance, 0))), 0)


def _compound(
    chance: np.random.Generator, expected: Floats, weight: Floats, amount: Floats
) -> Floats:
    """Amount won in each draw of any number of deals like the items.

    Args:
        chance: where the numbers come from.
        expected: the number of wins to expect in each draw.
        weight: how likely a win is of which item.
        amount: of the items.
    """
    wins = chance.poisson(expected)
    share = weight.cumsum()
    which = np.searchsorted(share, chance.random(wins.sum()) * share[-1:], side="right")
    return tallied(np.repeat(np.arange(DRAWS), wins), DRAWS, amount[which])

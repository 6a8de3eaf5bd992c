"""Chances to win, from what became of deals that once stood where these stand today.

The clock of a stay in a stage starts when the deal enters it. A *state* is a stage and how
long a deal has been in it, from one of STEPS to the next. Every evening of the past on which
a deal stood in a state is one case of it, followed from that evening on, also into other
stages, until the deal closed or until now. Whoever has waited for long is so compared with
deals that had waited as long and were still waiting: nobody is given time that was survived
by definition (immortal time), which curves from the opening by last stage do.

Source: the Aalen-Johansen estimator over stacked landmarks; Putter and Spitoni 2018, van
Houwelingen 2007. Evenings of one deal depend on each other: deals are bootstrapped, not
evenings.
"""

from dataclasses import dataclass

import numpy as np

from analytics.forecasting.history import (
    LIFE,
    LOST,
    NEVER,
    STAGE,
    Flags,
    Floats,
    History,
    Ints,
    tallied,
)

STEPS = np.array([0, 3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 365])  # days in a stage
REPLICATES = 40  # bootstrap samples of the deals
NEW = 0  # the state of a deal on the evening before it is opened
FORGOTTEN = 180  # days after which a lost deal is not expected back
MOST_DEALS = 30_000  # of more, every second (third...) deal teaches the chances: as precise
_GROUPS = 64  # the bootstrap draws deals in so many groups; fewer deals have one each
_PRIOR = 5  # stays that all stages together count for in each of them
_SEED = 11


@dataclass(frozen=True)
class Cases:
    """Evenings in states: one row per stay and state, from evening `first` to `last`."""

    deal: Ints
    state: Ints
    first: Ints
    last: Ints
    closed: Ints
    wins: Flags
    states: int


@dataclass(frozen=True)
class Hazards:
    """Daily hazards: replicate x state x day ahead, from 1; replicate 0 is the estimate."""

    won: Floats
    lost: Floats


def state_of(code: Ints, days: Ints) -> Ints:
    """The number of the state of a deal that has been in a stage for so many days."""
    return 1 + code * len(STEPS) + np.searchsorted(STEPS, days, side="right") - 1


def cases(history: History, as_of: int) -> Cases:
    """The evenings up to `as_of`, and of each deal the one before its opening.

    Deals are in the order of their opening, so which of more than MOST_DEALS are taken does
    not depend on what happened later.
    """
    seen = history.entered <= as_of
    every = max(-(-(history.deal[seen].max(initial=0) + 1) // MOST_DEALS), 1)
    taken = np.flatnonzero(seen & (history.deal % every == 0))
    code, entered = history.code[taken], history.entered[taken]
    begins = entered[:, None] + STEPS
    stops = np.append(STEPS[1:], NEVER) + entered[:, None]
    stops = np.minimum(stops, np.minimum(history.left[taken], as_of + 1)[:, None])
    is_expected = (code != LOST)[:, None] | (STEPS < FORGOTTEN)
    stay, step = np.nonzero((begins < stops) & is_expected)
    life = np.flatnonzero(code == LIFE)
    of = taken[np.concatenate([life, stay])]
    return Cases(
        deal=history.deal[of] // every,
        state=np.append(np.full(len(life), NEW), state_of(code[stay], STEPS[step])),
        first=np.append(entered[life] - 1, begins[stay, step]),
        last=np.append(entered[life] - 1, stops[stay, step] - 1),
        closed=history.closed[of],
        wins=history.wins[of],
        states=1 + (STAGE + len(history.stages)) * len(STEPS),
    )


def hazards(
    known: Cases, as_of: int, span: int, *, replicates: int = REPLICATES, prior: float = _PRIOR
) -> Hazards:
    """How fast deals were won and lost from each state, as known at the end of `as_of`.

    A state of few stays is drawn towards the same time in all stages together, by `prior`
    stays. The lost, of whom few come back, are not.

    Returns:
        Hazards of each of the `span` days after an evening: cases closed on that day / cases
        still open and followed until then; 0 where nobody was followed.
    """
    won, lost, at_risk = _counts(known, as_of, span, replicates)
    stays = tallied(known.state, known.states)
    evenings = at_risk[0, :, 0]  # those of today have no day after them
    code, step = np.divmod(np.arange(known.states) - 1, len(STEPS))
    step[NEW] = 0
    weight = prior * (code != LOST) * np.maximum(evenings / np.maximum(stays, 1), 1)
    pool = (step == np.arange(len(STEPS))[:, None]) & (code >= 0) & (code != LOST)
    exposed = np.maximum(pool @ at_risk, 1)

    def drawn(events: Floats) -> Floats:
        pooled = (pool @ events / exposed)[:, step]
        own = events + weight[:, None] * pooled
        return own / np.maximum(at_risk + weight[:, None], 1)

    return Hazards(drawn(won), drawn(lost))


def _counts(known: Cases, as_of: int, span: int, replicates: int) -> tuple[Floats, Floats, Floats]:
    """Wins, losses and cases at risk: replicate x state x day ahead.

    The evenings of a stay lie a row of days before its deal closes, or before `as_of`. Only
    the ends of that row are counted, and summed up afterwards.
    """
    until = np.minimum(known.closed, as_of)
    shortest, longest = until - known.last, until - known.first
    width = span + 2
    row = (known.state * _GROUPS + known.deal % _GROUPS) * width
    starts = row + np.minimum(shortest, span + 1)
    stops = row + np.minimum(longest + 1, span + 1)
    size = _GROUPS * known.states * width

    def ends(which: Flags) -> Floats:
        return tallied(starts[which], size) - tallied(stops[which], size)

    ended = known.closed <= as_of
    evenings = tallied(row, size, (longest - shortest + 1).astype(np.float64))
    closings = (ends(ended & known.wins), ends(ended & ~known.wins))
    tables = (*closings, ends(np.ones_like(ended)), evenings)
    by_group = np.reshape(tables, (4, known.states, _GROUPS, width))
    won, lost, gone, all_of_them = (_weights(replicates) @ by_group).swapaxes(1, 2)
    over = gone.cumsum(axis=-1).cumsum(axis=-1)
    at_risk = all_of_them[..., :1] - over[..., :span]
    return won.cumsum(axis=-1)[..., 1:-1], lost.cumsum(axis=-1)[..., 1:-1], at_risk


def _weights(replicates: int) -> Floats:
    """How often each group of deals is drawn, once for the estimate."""
    chance = np.random.default_rng(_SEED)
    drawn = chance.multinomial(_GROUPS, np.full(_GROUPS, 1 / _GROUPS), replicates)
    return np.concatenate([np.ones((1, _GROUPS)), drawn])


@dataclass(frozen=True)
class Days:
    """The days ahead: by which factors deals are won and lost on each; where months begin."""

    won_pace: Floats
    lost_pace: Floats
    months: Ints  # places in the days, the first 0


def chances(known: Hazards, state: Ints, factor: Floats, days: Days) -> Floats:
    """The chance to win in each month ahead: replicate x case x month.

    Args:
        known: the hazards.
        state: the state of each case tonight.
        factor: by which its hazard to win differs from that of others in that state.
        days: what lies ahead, at most as long as the hazards.
    """
    ahead = len(days.won_pace)
    won, lost = (hazard[:, state, :ahead] for hazard in (known.won, known.lost))
    daily = incidence(won * factor[:, None] * days.won_pace, lost * days.lost_pace)
    return np.add.reduceat(daily, days.months, axis=-1)


def incidence(won: Floats, lost: Floats) -> Floats:
    """The chance of being won on each day, from daily hazards along the last axis."""
    left = np.cumprod(np.maximum(1 - won - lost, 0), axis=-1)
    still = np.concatenate([np.ones_like(left[..., :1]), left[..., :-1]], axis=-1)
    return still * won

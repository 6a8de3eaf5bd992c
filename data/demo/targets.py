"""The demo's targets, set for whole months up to the end of the year."""

import numpy as np
import polars as pl

from data.demo.journeys import WON
from data.demo.pipeline import Pipeline
from data.demo.staff import Staff
from data.demo.world import DAY_MINUTES, MONEY, Flags, Floats, Ints, World

_FILLING = 3  # months until the pipeline is full; no targets before
_LAG = 75  # days until the work of a new rep is worth a target
_SEASON = (0.75, 0.95, 1.1, 0.9, 1.0, 1.1, 1.0, 1.0, 1.1, 0.9, 1.0, 1.2)  # of closings
_AROUND = 5  # months over which the department's usual month is averaged
_STEP = 10_000  # yuan
_LUCK = 0.4  # share of a good or bad month that the target does not know
_AMBITION = 1.03  # the department's usual target over what it will win
_SMALLEST = 50_000


def records(world: World, staff: Staff, deals: Pipeline, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Target records of every rep for the months of full presence.

    Targets come from what the whole simulated month will bring, so that the running month
    looks right on any of its days: the department lands near its target, and reps keep a
    part of their luck. `outcomes` are those of all events of the world (`journeys.outcomes`).
    """
    chance = world.chance("targets")
    won = _won(world, staff, deals, outcomes)
    total = won.sum(axis=0)
    usual = _shares(world, staff) * total
    bias = np.exp(chance.normal(0, 0.1, len(won)) - 0.3 * staff.trait("skill"))[:, None]
    raw = bias * _between(np.maximum(won, 0.3 * usual), usual)
    ambition = _AMBITION * np.exp(chance.normal(0, 0.06, len(total)))
    level = (
        ambition * _between(total, _smooth(total, _season(world))) / np.maximum(raw.sum(axis=0), 1)
    )
    amount = np.maximum(np.rint(raw * level / _STEP) * _STEP, _SMALLEST)
    hired = staff.presence[:, : world.index(world.today) + 1].any(axis=1, keepdims=True)
    rep, month = np.nonzero((usual > 0) & hired & _is_planned(world, won.shape[1]))
    return _frame(world, staff, rep, month, amount[rep, month])


def _between(actual: Floats, usual: Floats) -> Floats:
    """What was expected: most of what came, some of what is usual."""
    return actual ** (1 - _LUCK) * usual**_LUCK


def _season(world: World) -> Floats:
    """How much each month should bring: its working days, and when customers close."""
    starts = _starts(world)
    return np.add.reduceat(world.pace, starts) * np.array(_SEASON)[world.month[starts] - 1]


def _smooth(total: Floats, season: Floats) -> Floats:
    """The months' totals as the months around them and the season suggest."""
    level = (total / season)[:-1]  # the last month of the world is not over
    padded = np.pad(level, (_AROUND // 2, _AROUND // 2 + 1), mode="edge")
    return np.convolve(padded, np.full(_AROUND, 1 / _AROUND), mode="valid") * season


def _starts(world: World) -> Ints:
    """Index of the first day of each month."""
    return np.flatnonzero(np.diff(_months(world), prepend=-1))


def _months(world: World) -> Ints:
    """Per day, the months since the world's first."""
    months = world.calendar.astype("datetime64[M]").astype(np.int64)
    return months - months[0]


def _won(world: World, staff: Staff, deals: Pipeline, outcomes: pl.DataFrame) -> Floats:
    """What each rep wins in each month, rep x month, in yuan."""
    months = _months(world)
    wins = outcomes.filter(pl.col("stage") == WON)
    deal = wins["deal"].to_numpy()
    month = months[wins["since"].to_numpy() // DAY_MINUTES]
    won = np.zeros((len(staff.profiles), int(months[-1]) + 1))
    np.add.at(won, (deals.rep[deal], month), deals.amount[deal])
    return won


def _shares(world: World, staff: Staff) -> Floats:
    """Each rep's part in each month's work, rep x month; 0 unless present all the month."""
    starts = _starts(world)
    practice = np.pad(staff.practice, ((0, 0), (_LAG, 0)), mode="edge")[:, : world.length]
    strength = np.add.reduceat(practice, starts, axis=1) * staff.trait("volume")[:, None]
    is_full = np.logical_and.reduceat(staff.presence, starts, axis=1)
    return np.where(is_full, strength, 0) / strength.sum(axis=0)


def _is_planned(world: World, months: int) -> Flags:
    """Per month, whether it has targets: from the shown past to the end of this year."""
    first = int(_months(world)[world.shown_from]) + _FILLING
    month = np.arange(months)
    return (month >= first) & (month < months - 1)


def _frame(world: World, staff: Staff, rep: Ints, month: Ints, amount: Floats) -> pl.DataFrame:
    months = np.datetime64(world.first, "M") + month
    frame = pl.DataFrame(
        {
            "subject": staff.ids.gather(rep),
            "month": pl.Series(months.astype("datetime64[D]")),
            "amount": pl.Series(amount.astype(np.int64)).cast(MONEY),
        }
    )
    return frame.select(
        pl.format("rep/{}/{}", "subject", "month").alias("id"),
        pl.lit("rep").alias("subject_kind"),
        *frame.columns,
    )

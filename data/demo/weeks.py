"""When the demo's weekly reports are begun, filed, read and reviewed."""

import numpy as np
import polars as pl

from data.demo.staff import Staff
from data.demo.world import CLOSING, DAY_MINUTES, NOW, Flags, Ints, World

NEVER = np.iinfo(np.int64).max
_WEEK = 7
_WORKDAYS = 5
_MISSING_SHARE = 0.025
_FORGOTTEN_SHARE = 0.5  # of the missing ones: a draft exists
_READ_SHARE = 0.97
_REVIEWED_SHARE = 0.88  # of the read ones
_EARLY_SHARE = 0.25  # filed on the day before
_LATE_BY = ((30, 240), (870, 1080), (3_780, 3_960), (5_250, 5_400))  # evening, Sat, Mon, Tue


def first_monday(world: World) -> int:
    """Index of the world's first Monday."""
    return -world.first.weekday() % _WEEK


def week_of(world: World, days: Ints) -> Ints:
    """The number of the week that holds each day, 0 for the first whole one."""
    return (days - first_monday(world)) // _WEEK


def timetable(world: World, staff: Staff) -> pl.DataFrame:
    """Every weekly report there may be, by rep and week: rep, week and five moments.

    due, begun, submitted, read, reviewed are minutes of the world, NEVER if it does not
    happen. Weeks without a working day, and without the rep, are left out.
    """
    chance = world.chance("weekly reports")
    due, has_work = _due(world)
    shape = (len(staff.profiles), len(due))
    submitted = _submitted(chance, staff, due, shape)
    missing = chance.random(shape) < _MISSING_SHARE
    begun = np.minimum(due - chance.integers(60, 3 * DAY_MINUTES, shape), submitted - 20)
    begun = np.where(missing & (chance.random(shape) > _FORGOTTEN_SHARE), NEVER, begun)
    submitted = np.where(missing, NEVER, submitted)
    read, reviewed = _answers(world, chance, submitted)
    is_due = staff.presence[:, due // DAY_MINUTES] & has_work
    rep, week = np.nonzero(is_due)
    columns = {"begun": begun, "submitted": submitted, "read": read, "reviewed": reviewed}
    return pl.DataFrame(
        {"rep": rep, "week": week, "due": due[week]}
        | {name: moments[rep, week] for name, moments in columns.items()}
    )


def _due(world: World) -> tuple[Ints, Flags]:
    """Per week, the end of its last working day, and whether it has one."""
    monday = first_monday(world)
    weeks = (world.length - monday) // _WEEK
    working = world.working[monday : monday + weeks * _WEEK].reshape(weeks, _WEEK)[:, :_WORKDAYS]
    last = _WORKDAYS - 1 - np.argmax(working[:, ::-1], axis=1)
    days = monday + np.arange(weeks) * _WEEK + last
    has_work: Flags = np.any(working, axis=1)
    return days * DAY_MINUTES + CLOSING, has_work


def _submitted(
    chance: np.random.Generator, staff: Staff, due: Ints, shape: tuple[int, int]
) -> Ints:
    """When each report is filed: mostly on the last afternoon, some the day before, some late."""
    early = np.where(chance.random(shape) < _EARLY_SHARE, DAY_MINUTES, 0)
    in_time = due - early - chance.integers(4, 300, shape)
    first, last = np.array(_LATE_BY).T
    how = chance.choice(len(_LATE_BY), shape, p=(0.4, 0.2, 0.3, 0.1))
    late = due + first[how] + np.floor(chance.random(shape) * (last - first)[how])
    is_punctual = chance.random(shape) < staff.trait("punctual")[:, None]
    return np.where(is_punctual, in_time, late).astype(np.int64)


def _answers(world: World, chance: np.random.Generator, submitted: Ints) -> tuple[Ints, Ints]:
    """When the manager reads and reviews: before the meeting on the first day of next week."""
    weeks = np.arange(submitted.shape[1]) + 1
    next_day = world.workday(first_monday(world) + weeks * _WEEK) * DAY_MINUTES
    filed = np.where(submitted == NEVER, 0, submitted)
    morning = next_day + chance.integers(8 * 60 + 30, NOW, submitted.shape)
    read = np.maximum(morning, filed + chance.integers(20, 200, submitted.shape))
    afternoon = next_day + chance.integers(13 * 60, 17 * 60, submitted.shape)
    reviewed = np.maximum(afternoon, read + chance.integers(5, 90, submitted.shape))
    is_read = (submitted != NEVER) & (chance.random(submitted.shape) < _READ_SHARE)
    is_reviewed = is_read & (chance.random(submitted.shape) < _REVIEWED_SHARE)
    return np.where(is_read, read, NEVER), np.where(is_reviewed, reviewed, NEVER)

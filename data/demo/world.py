"""The demo's span of time, seen from one of its days, and its sources of chance.

A world is simulated from October three years back to the end of January of the next year,
whatever day of the year is today. Today only cuts it: what has not happened yet is left
out, what is older than the history shown is too. So tomorrow's demo is today's with one
more day, open deals are censored as real ones are, and a month's target is set for the
whole month.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from math import sqrt

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
MONEY = pl.Decimal(18, 4)

DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60
SHANGHAI_MINUTES = 8 * 60  # ahead of UTC, without summer time since 1991
OPENING, CLOSING = 9 * 60, 18 * 60  # business hours, minutes of the day
NOW = 10 * 60 + 30  # today is cut here: nobody has reported the afternoon yet
MONTHS_SHOWN = 27  # two years to compare, and a quarter for the pipeline to fill
FESTIVAL_BEFORE, FESTIVAL_AFTER = 12, 9  # slow days around Spring Festival
# First day of the lunar year for 2020 to 2038. The Moon repeats after 19 years, to a day or so.
_SPRING_FESTIVALS = (
    (1, 25), (2, 12), (2, 1), (1, 22), (2, 10), (1, 29), (2, 17), (2, 6), (1, 26), (2, 13),
    (2, 3), (1, 23), (2, 11), (1, 31), (2, 19), (2, 8), (1, 28), (2, 15), (2, 4),
)  # fmt: skip
_FIXED_HOLIDAYS = ((1, 1, 1), (4, 4, 2), (5, 1, 5), (10, 1, 7))  # month, first day, days


def spring_festival(year: int) -> date:
    """First day of the lunar year that begins in `year`; exact from 2020 to 2038."""
    month, day = _SPRING_FESTIVALS[(year - 2020) % len(_SPRING_FESTIVALS)]
    return date(year, month, day)


def holidays(year: int) -> list[date]:
    """The public holidays of a year, weekends among them, without the make-up workdays."""
    fixed = [date(year, m, d) + n * DAY for m, d, days in _FIXED_HOLIDAYS for n in range(days)]
    festival = [spring_festival(year) + n * DAY for n in range(-1, 7)]
    return sorted({*fixed, *festival})


@dataclass(frozen=True)
class World:
    """Days are indexes from `first`, moments minutes from its midnight in Shanghai."""

    today: date
    seed: int
    scale: int

    @property
    def first(self) -> date:
        """The first day simulated."""
        return date(self.today.year - 3, 10, 1)

    @cached_property
    def length(self) -> int:
        """How many days are simulated."""
        return self.index(date(self.today.year + 1, 2, 1))

    @property
    def shown_from(self) -> int:
        """Index of the first day that the department shows."""
        months = self.today.year * 12 + self.today.month - 1 - MONTHS_SHOWN
        return self.index(date(months // 12, months % 12 + 1, 1))

    @property
    def now(self) -> int:
        """The moment at which the world is seen."""
        return self.index(self.today) * DAY_MINUTES + NOW

    @property
    def crowd(self) -> int:
        """By how much there are more people: the square root of `scale`."""
        return max(1, round(sqrt(self.scale)))

    @property
    def load(self) -> float:
        """By how much each person does more, so that deals and visits grow by `scale`."""
        return self.scale / self.crowd

    def index(self, day: date) -> int:
        """The index of a day; negative before the first."""
        return (day - self.first).days

    def day(self, index: int) -> date:
        """The day at an index."""
        return self.first + index * DAY

    @cached_property
    def calendar(self) -> npt.NDArray[np.datetime64]:
        """Every simulated day."""
        return np.datetime64(self.first, "D") + np.arange(self.length)

    @cached_property
    def month(self) -> Ints:
        """Month of the year, 1 to 12, per day."""
        return self.calendar.astype("datetime64[M]").astype(np.int64) % 12 + 1

    @cached_property
    def days_off(self) -> list[date]:
        """Public holidays of all the years touched."""
        years = range(self.first.year, self.today.year + 2)
        return [day for year in years for day in holidays(year)]

    @cached_property
    def working(self) -> Flags:
        """Whether each day is a working day."""
        off = np.array(self.days_off, dtype="datetime64[D]")
        return np.is_busday(self.calendar, holidays=off)

    @cached_property
    def following(self) -> Ints:
        """The first working day on or after each day; the last day of all stands for later ones."""
        indexes = np.where(self.working, np.arange(self.length), self.length - 1)
        return np.minimum.accumulate(indexes[::-1])[::-1].astype(np.int64)

    @cached_property
    def pace(self) -> Floats:
        """How busy each day is: 0 on days off, less than 1 around Spring Festival."""
        pace = self.working.astype(np.float64)
        for year in range(self.first.year, self.today.year + 2):
            festival = self.index(spring_festival(year))
            slow = slice(max(festival - FESTIVAL_BEFORE, 0), max(festival + FESTIVAL_AFTER, 0))
            pace[slow] *= 0.55
        return pace

    def workday(self, days: npt.NDArray[np.generic]) -> Ints:
        """Each day, or the next working day after it, within the world."""
        whole = np.floor(days).astype(np.int64)
        return self.following[np.clip(whole, 0, self.length - 1)]

    def dates(self, days: npt.NDArray[np.generic]) -> pl.Series:
        """Day indexes as dates."""
        return pl.Series(np.datetime64(self.first, "D") + days.astype(np.int64))

    def moments(self, minutes: npt.NDArray[np.generic]) -> pl.Series:
        """Shanghai minutes as UTC moments."""
        start = np.datetime64(datetime(self.first.year, self.first.month, self.first.day), "m")
        utc = start + (minutes.astype(np.int64) - SHANGHAI_MINUTES)
        return pl.Series(utc.astype("datetime64[us]"))

    def chance(self, topic: str) -> np.random.Generator:
        """The world's own source of chance for one topic: the others do not disturb it."""
        return np.random.default_rng([self.seed, self.scale, self.first.year, *topic.encode()])


def choose(chance: np.random.Generator, count: int, weights: npt.ArrayLike) -> Ints:
    """`count` indexes into `weights`, each as often as its weight says."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges, chance.random(count) * edges[-1], side="right")


def pick(chance: np.random.Generator, words: tuple[str, ...], count: int) -> pl.Series:
    """`count` words, all equally often."""
    return pl.Series(words).gather(chance.integers(0, len(words), count))

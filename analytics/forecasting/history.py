"""The department's past as arrays: its deals, and their stays in stages.

Days are whole numbers since 1970. A deal's first closing ends its life here: being lost is
a state of its own, from which some are opened again.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.periods import Period, preset

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FEWEST_DAYS, FEWEST_WINS = 180, 30  # of history: below them nothing is forecast
NEVER = 10**6  # a day that has not come
LIFE, LOST, STAGE, WINS = 0, 1, 2, -1  # codes of stays; the open stages go on from STAGE
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class History:
    """The department up to `as_of`: deals in the order of their opening, and their stays.

    Of deals: `opened` (NEVER: an order list has none), `ended` and `won`, its closing as it
    stands at `as_of`; `amount` (nan: unknown); `chosen`, passes the filters. Of stays, one
    for each deal's whole life (`code` LIFE), one for each time it was lost (LOST) and for
    each in an open stage (STAGE and up): `deal`, `entered`, `left`, and `closed` and `wins`,
    the deal's next closing. `targets` are those of the chosen, by first day of a month.
    """

    as_of: int
    fiscal_month: int
    opened: Ints
    ended: Ints
    won: Flags
    amount: Floats
    chosen: Flags
    deal_id: pl.Series
    deal: Ints
    code: Ints
    entered: Ints
    left: Ints
    closed: Ints
    wins: Flags
    stages: tuple[str, ...]  # the open ones, of code STAGE and up
    targets: dict[date, int]

    def period(self, name: str, day: int | None = None) -> Period:
        """The month or fiscal quarter that holds `day`, else `as_of`."""
        return preset(name, on(self.as_of if day is None else day), self.fiscal_month)

    def target(self, period: Period) -> int | None:
        """The sum of the targets of the period's months; None without any."""
        known = [v for month, v in self.targets.items() if period.since <= month < period.until]
        return sum(known) if known else None

    def lacking(self, as_of: int) -> str | None:
        """Why nothing could be forecast at the end of `as_of`; None when it could.

        A code: no `deals`, `orders` only, too few `months` of history, too few `wins`.
        """
        if not len(self.opened):
            return "deals"
        followed = self.opened <= as_of
        if not followed.any():
            return "orders"
        if as_of - self.opened.min() < FEWEST_DAYS:
            return "months"
        won = self.won & followed & (self.ended <= as_of)
        return "wins" if won.sum() < FEWEST_WINS else None

    def won_within(self, since: int, until: int) -> Flags:
        """The chosen deals won from `since` to before `until`."""
        return self.chosen & self.won & (self.ended >= since) & (self.ended < until)

    def total(self, which: Flags | Ints) -> int:
        """The sum of the known amounts of these deals."""
        return round(np.nansum(self.amount[which]))


def number(day: date) -> int:
    """A day as a whole number."""
    return (day - _EPOCH).days


def on(day: int | np.int64) -> date:
    """The day of a whole number."""
    return _EPOCH + timedelta(days=int(day))


def month_of(days: Ints) -> Ints:
    """The month of each day, counted from January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def tallied(place: Ints, size: int, weight: Floats | Flags | None = None) -> Floats:
    """How often, or with what weight together, each place from 0 to `size` is named."""
    return np.bincount(place, weight, size).astype(np.float64)


def read(row: pl.DataFrame, as_of: date) -> History:
    """The History of a row that `gathering.gathered` made."""
    column = {name: row[name].explode(empty_as_null=False) for name in row.columns}
    settings = dict(zip(column["name"], column["value"], strict=True))
    days = {
        name: column[name].fill_null(NEVER).to_numpy().astype(np.int64)
        for name in ("opened", "ended", "deal", "code", "entered", "left", "closed")
    }
    return History(
        as_of=number(as_of),
        fiscal_month=json.loads(settings.get("fiscal_month", "1")),
        won=column["won"].to_numpy(),
        amount=column["amount"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        chosen=column["chosen"].to_numpy(),
        deal_id=column["deal_id"],
        wins=column["wins"].to_numpy(),
        stages=tuple(column["stages"]),
        targets=dict(zip(column["month"], column["target_amount"], strict=True)),
        **days,
    )

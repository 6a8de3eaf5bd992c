"""Months, quarters, weeks and working days. There is no clock here: today is an argument.

A period is half-open: `until` is its first day no longer inside.
"""

import json
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
AGAINST = ("previous", "last_year")  # what a period may be compared with


class Period(NamedTuple):
    """Days from `since` up to but without `until`."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days


def preset(name: str, as_of: date, fiscal_month: int = 1) -> Period:
    """The whole month, quarter or year that holds `as_of`.

    Quarters and years begin with the fiscal year's first month, `fiscal_month`.

    Raises:
        KeyError: `name` is none of the three.
    """
    length = _MONTHS[name]
    first = as_of.replace(day=1)
    since = shift(first, -((as_of.month - fiscal_month) % length))
    return Period(since, shift(since, length))


def week(day: date) -> Period:
    """The ISO week that holds `day`, Monday to Monday."""
    monday = day - day.weekday() * _DAY
    return Period(monday, monday + 7 * _DAY)


def compared(period: Period, as_of: date, against: str = "previous") -> Period:
    """The period to compare with, cut like for like while `period` runs.

    Against "previous", whole months are compared with as many months before, anything else
    with as many days before; against "last_year", with the same dates a year before. Of a
    running period only the days up to `as_of` have happened, so the earlier one ends on the
    same day: 1 to 15 March is compared with 1 to 15 February.

    Raises:
        KeyError: `against` is none of AGAINST.
    """
    since = _earlier(period.since, period, against)
    last = min(as_of, period.until - _DAY)
    until = since if last < period.since else earlier_day(last, period, against) + _DAY
    return Period(since, until)


def previous(period: Period, as_of: date) -> Period:
    """The period of the same kind just before; see `compared`."""
    return compared(period, as_of)


def earlier_day(day: date, period: Period, against: str = "previous") -> date:
    """The day that corresponds to `day` one such period, or a year, before.

    In a period of whole months the last day of a month for the last day of a month: the two
    months to 30 November are compared with the two months to 31 August, February 2028 with
    all of February 2027. 29 February is otherwise compared with the 28th.
    """
    if _whole_months(period) and (day + _DAY).day == 1:
        return _earlier(day + _DAY, period, against) - _DAY
    return _earlier(day, period, against)


def elapsed_rate(period: Period, as_of: date) -> float | None:
    """Share of the period's days that lie on or before `as_of`; None for a period of no days."""
    return _elapsed(period, as_of) / period.days if period.days > 0 else None


def shift(day: date, months: int) -> date:
    """The same day `months` later, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months(since: date, until: date) -> list[date]:
    """First days of the months that have a day in [since, until), in order."""
    first = since.replace(day=1)
    count = (until.year - first.year) * 12 + until.month - first.month + (until.day > 1)
    return [shift(first, n) for n in range(count)] if since < until else []


@dataclass(frozen=True)
class DueRule:
    """When the reports of a period are due: a policy of the department.

    The working week runs from Monday to `weekday` (ISO), without the holidays. `at` is the
    hour that ends a working day in `timezone`.
    """

    weekday: int
    at: time
    holidays: frozenset[date]
    timezone: str


def due_rule(settings: Mapping[str, str]) -> DueRule:
    """The rule in the department's settings: name -> JSON text, as the settings table has it."""
    days = json.loads(settings["holidays"])
    return DueRule(
        weekday=json.loads(settings["report_due_weekday"]),
        at=time.fromisoformat(json.loads(settings["report_due_time"])),
        holidays=frozenset(date.fromisoformat(day) for day in days),
        timezone=json.loads(settings["timezone"]),
    )


def working_days(period: Period, rule: DueRule) -> list[date]:
    """The working days of a period, in order."""
    days = (period.since + n * _DAY for n in range(period.days))
    return [day for day in days if day.isoweekday() <= rule.weekday and day not in rule.holidays]


def due_at(week_on: date, rule: DueRule) -> datetime | None:
    """When the report of the week of `week_on` is due, a UTC moment without zone.

    The end of the week's last working day; None for a week that has none: nothing is due.
    """
    days = working_days(week(week_on), rule)
    if not days:
        return None
    local = datetime.combine(days[-1], rule.at, ZoneInfo(rule.timezone))
    return local.astimezone(UTC).replace(tzinfo=None)


def _whole_months(period: Period) -> int:
    """How many months a period consists of, 0 if it cuts one."""
    since, until = period
    is_whole = since.day == until.day == 1 and since < until
    return (until.year - since.year) * 12 + until.month - since.month if is_whole else 0


def _earlier(day: date, period: Period, against: str) -> date:
    """`day` moved back by the period's months, its days, or a year."""
    months = {"previous": _whole_months(period), "last_year": 12}[against]
    return shift(day, -months) if months else day - period.days * _DAY


def _elapsed(period: Period, as_of: date) -> int:
    """Days of the period on or before `as_of`."""
    return min(max((as_of + _DAY - period.since).days, 0), max(period.days, 0))

"""When a backup is due, and which ones are kept."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


def due(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The last moment up to `now` at which the clocks of `zone` said `at`."""
    today = now.astimezone(zone).date()
    moments = [_moment(day, at, zone) for day in (today, today - _DAY, today - 2 * _DAY)]
    return next(moment for moment in moments if moment <= now)


def next_due(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first moment after `now` at which the clocks of `zone` say `at`."""
    today = now.astimezone(zone).date()
    moments = [_moment(day, at, zone) for day in (today, today + _DAY, today + 2 * _DAY)]
    return next(moment for moment in moments if moment > now)


def kept(
    moments: Iterable[datetime], zone: ZoneInfo, *, daily: int, weekly: int, monthly: int
) -> set[datetime]:
    """Those of the backups made at `moments` that are kept.

    The last one of each of the last `daily` days, `weekly` ISO weeks and `monthly` months in
    which any was made: a department that pauses keeps what it has.
    """
    newest_first = sorted(moments, reverse=True)
    return {
        *_last_of_each(newest_first, lambda m: m.astimezone(zone).date(), daily),
        *_last_of_each(newest_first, lambda m: _monday(m.astimezone(zone).date()), weekly),
        *_last_of_each(newest_first, lambda m: m.astimezone(zone).date().replace(day=1), monthly),
    }


def _last_of_each(
    newest_first: Collection[datetime], part: Callable[[datetime], date], count: int
) -> list[datetime]:
    last: dict[date, datetime] = {}
    for moment in newest_first:
        last.setdefault(part(moment), moment)
    return list(last.values())[:count]


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)

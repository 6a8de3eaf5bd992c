"""Settings as the widgets of their form hold them, and as a sentence names them."""

import re
from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from typing import Any

from pages.ui import format as fmt
from pages.ui import session
from pages.ui.session import t

_DAY = timedelta(days=1)
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_MONDAY = date(2026, 1, 5)  # any Monday: weekdays by name
_LONGEST = 60  # days of one holiday; more is a typing error


def title(name: str) -> str:
    """What the form calls a setting."""
    return t(f"department.{'meeting_day' if name == 'meeting' else name}")


def held(name: str, value: Any) -> dict[str, object]:  # noqa: ANN401 - as the setting is typed
    """What the widgets of a setting hold for a value, by their names."""
    match name:
        case "holidays":
            return {name: lines(value)}
        case "report_due_time":
            return {name: time.fromisoformat(value)}
        case "meeting":
            day, at = value.split(" ")
            return {"meeting_day": int(day), "meeting_time": time.fromisoformat(at)}
        case _:
            return {name: value}


def words(name: str, value: object) -> str:
    """A setting's value as a person reads it."""
    if value is None:
        return fmt.UNKNOWN
    if isinstance(value, date):
        return fmt.day(value, session.language())
    return _WORDS.get(name, str)(value) or fmt.UNKNOWN


def weekday(number: int) -> str:
    """The name of a weekday, 1 to 7."""
    return fmt.weekday(_MONDAY + (number - 1) * _DAY, session.language())


def _meeting(value: str) -> str:
    day, at = value.split(" ")
    return f"{weekday(int(day))} {at}"


def between(line: str) -> list[date] | None:
    """The days of 2026-10-01 or 2026-10-01..2026-10-08; None for anything else."""
    parts = _RANGE.fullmatch(line.strip())
    if parts is None:
        return None
    try:
        first = date.fromisoformat(parts[1])
        last = date.fromisoformat(parts[2] or parts[1])
    except ValueError:
        return None
    length = (last - first).days + 1
    return [first + n * _DAY for n in range(length)] if 1 <= length <= _LONGEST else None


def lines(days: Iterable[date]) -> str:
    """Days as `between` reads them, days in a row as one line."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == _DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "\n".join(str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)


_WORDS: dict[str, Callable[[Any], str]] = {
    "holidays": lambda days: lines(days).replace("\n", t("common.sep")),
    "fiscal_month": lambda month: fmt.month_name(month, session.language()),
    "report_due_weekday": weekday,
    "meeting": _meeting,
}

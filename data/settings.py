"""What the department may set, with the values that hold until it does."""

import json
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from data.records import EARLIEST, LATEST


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("unknown time zone")
    return name


def _moment(text: str) -> str:
    """Weekday 1..7 and time, "1 17:30" is Monday half past five."""
    day, _, clock = text.partition(" ")
    if day not in tuple("1234567"):
        raise ValueError("weekday 1..7, then a time")
    time.fromisoformat(clock)
    return text


def _clock(text: str) -> str:
    time.fromisoformat(text)
    return text


def _weights(pairs: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("one weight a component")
    if pairs and not any(weight for _, weight in pairs):
        raise ValueError("some weight above 0")
    return pairs


class Settings(BaseModel):
    """All settings of one department. Stored as JSON, one row per changed setting."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    department_zh: Annotated[str, Field(min_length=1, max_length=60)] = "销售部"
    department_en: Annotated[str, Field(min_length=1, max_length=60)] = "Sales department"
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    fiscal_month: Annotated[int, Field(ge=1, le=12)] = 1  # first month of the fiscal year
    as_of: Annotated[date, Field(ge=EARLIEST, le=LATEST)] | None = None  # null: the real day
    is_demo: bool = False
    report_due_weekday: Annotated[int, Field(ge=1, le=7)] = 5  # ISO, the last working day
    report_due_time: Annotated[str, AfterValidator(_clock)] = "18:00"
    holidays: tuple[date, ...] = ()  # ISO days off
    meeting: Annotated[str, AfterValidator(_moment)] = "1 17:30"
    scorecard_weights: Annotated[  # component and weight; none: nobody has chosen yet
        tuple[tuple[str, Annotated[int, Field(ge=0, le=100)]], ...], AfterValidator(_weights)
    ] = ()

    backup_on: bool = True  # make backups by itself
    backup_at: Annotated[str, AfterValidator(_clock)] = "03:00"  # every day
    backup_daily: Annotated[int, Field(ge=1, le=366)] = 7  # how many of them are kept
    backup_weekly: Annotated[int, Field(ge=0, le=520)] = 5
    backup_monthly: Annotated[int, Field(ge=0, le=600)] = 12

    @property
    def zone(self) -> ZoneInfo:
        """The department's time zone."""
        return ZoneInfo(self.timezone)

    def department(self, language: str) -> str:
        """The department's name in one language."""
        return self.department_zh if language == "zh" else self.department_en

    def as_json(self) -> dict[str, str]:
        """Every setting as the JSON text that the table keeps."""
        return {
            name: json.dumps(value, ensure_ascii=False)
            for name, value in self.model_dump(mode="json").items()
        }

    @classmethod
    def from_json(cls, rows: Mapping[str, str]) -> "Settings":
        """The settings of these stored rows; absent ones have their defaults."""
        known = cls.model_fields.keys() & rows  # a newer version may have left others
        return cls.model_validate({name: json.loads(rows[name]) for name in known})

"""Reading the audit log: a page at a time, and no more of it than the reader may know.

Who did what, when and from where is there for everybody who may open the log. What a record
was and became is there for those who may read such records, but for personal fields.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from data.actions import SUBJECTS
from data.columns import utc
from data.policy import Rights
from data.records import RECORDS

ENTRIES = pl.Schema(
    {
        "seq": pl.Int64(),
        "happened_at": pl.Datetime("us"),  # UTC
        "person": pl.String(),  # id
        "place": pl.String(),
        "action": pl.String(),
        "record": pl.String(),
        "id": pl.String(),
        "old": pl.String(),  # JSON of what the entry changed, as it was
        "new": pl.String(),  # and as it became
    }
)
HIDDEN = "•••"  # stands for a personal value
_OPEN = frozenset({"Account", "Audit"})  # subjects beyond the records that tell nothing of sales
PAGE = 10_000
_FILTERS = {
    "since": "happened_at >= $since",
    "until": "happened_at < $until",
    "people": "person IN (SELECT unnest($people::VARCHAR[]))",
    "actions": "action IN (SELECT unnest($actions::VARCHAR[]))",
    "records": "record IN (SELECT unnest($records::VARCHAR[]))",
    "id": "(id = $id AND is_open)",
    "below": "seq < $below",
}


@dataclass(frozen=True)
class Asked:
    """Which entries are asked for; moments in UTC, `until` exclusive, empty means all."""

    since: datetime | None = None
    until: datetime | None = None
    people: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    id: str | None = None
    below: int | None = None  # seq

    def during(self, since: date | None, until: date | None, zone: ZoneInfo) -> "Asked":
        """The same on the business days from `since` to before `until`."""

        def begin(day: date | None) -> datetime | None:
            return utc(datetime.combine(day, time(), tzinfo=zone)) if day else None

        return replace(self, since=begin(since), until=begin(until))


@dataclass(frozen=True)
class AuditLog:
    """The log as somebody may read it; `subjects` are those whose entries they may read whole.

    None means all of them. Every call reads from the store.
    """

    cursor: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
    subjects: frozenset[str] | None = None

    def count(self, asked: Asked) -> int:
        """How many entries there are."""
        with self.cursor() as cursor:
            source, values = self._source(asked)
            [(number,)] = cursor.execute(f"SELECT count(*) FROM {source}", values).fetchall()
        return int(number)

    def until_now(self, asked: Asked) -> Asked:
        """The same without what will be logged from now on."""
        with self.cursor() as cursor:
            [(end,)] = cursor.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchall()
        return replace(asked, below=end + 1)

    def page(self, asked: Asked, limit: int, skip: int = 0) -> pl.DataFrame:
        """Entries (ENTRIES), the last first: `limit` of them after `skip`."""
        source, values = self._source(asked)
        open_only = ("id", "before", "after")
        images = (f"CASE WHEN is_open THEN {name} END AS {name}" for name in open_only)
        query = (
            f"SELECT seq, happened_at, person, place, action, record, {', '.join(images)} "
            f"FROM {source} ORDER BY seq DESC LIMIT {limit:d} OFFSET {skip:d}"
        )
        with self.cursor() as cursor:
            rows = cursor.sql(query, params=values).pl()
        pairs = [_changes(*row) for row in rows.select("record", "before", "after").iter_rows()]
        old, new = (pl.Series([pair[n] for pair in pairs], dtype=pl.String) for n in (0, 1))
        return rows.with_columns(old=old, new=new).select(list(ENTRIES)).cast(ENTRIES)

    def pages(self, asked: Asked) -> Iterator[pl.DataFrame]:
        """All entries, the last first, some thousand at a time."""
        yield (rows := self.page(asked, PAGE))
        while rows.height == PAGE:
            yield (rows := self.page(replace(asked, below=rows["seq"][-1]), PAGE))

    def people(self) -> list[str]:
        """The ids of everybody whom the log names."""
        with self.cursor() as cursor:
            found = cursor.execute("SELECT DISTINCT person FROM audit ORDER BY person").fetchall()
        return [id for (id,) in found]

    def _source(self, asked: Asked) -> tuple[str, dict[str, object]]:
        """SQL of the entries asked for, with `is_open` where the reader may know what changed."""
        given = {name: value for name in _FILTERS if (value := getattr(asked, name))}
        conditions = " AND ".join(["true", *(_FILTERS[name] for name in given)])
        source = (
            "(SELECT *, record IS NULL OR $all OR record IN (SELECT unnest($subjects::VARCHAR[])) "
            f"AS is_open FROM audit) WHERE {conditions}"
        )
        lists = {n: list(v) if isinstance(v, tuple) else v for n, v in given.items()}
        known = {"all": self.subjects is None, "subjects": sorted(self.subjects or ())}
        return source, {**lists, **known}


def subjects(rights: Rights) -> frozenset[str]:
    """The subjects whose entries a role may read whole."""
    others = frozenset(SUBJECTS) - frozenset(RECORDS) if rights.may("figures") else _OPEN
    return rights.reads | others


def _changes(
    record: str | None, before: str | None, after: str | None
) -> tuple[str | None, str | None]:
    """What differs between the images, as JSON of the fields that do; personal values hidden."""
    old, new = _fields(before), _fields(after)
    names = [n for n in {**old, **new} if n not in old or n not in new or old[n] != new[n]]
    hidden = _personal(record)
    return _told(old, names, hidden), _told(new, names, hidden)


def _fields(image: str | None) -> Mapping[str, object]:
    try:
        values = json.loads(image or "{}")
    except ValueError:  # spoilt, as verifying tells
        return {}
    return values if isinstance(values, dict) else {}


def _told(values: Mapping[str, object], names: Iterable[str], hidden: frozenset[str]) -> str | None:
    told = {
        name: HIDDEN if name in hidden else values[name]
        for name in names
        if values.get(name) is not None
    }
    return json.dumps(told, ensure_ascii=False) if told else None


@cache
def _personal(record: str | None) -> frozenset[str]:
    if record not in RECORDS:
        return frozenset()
    return frozenset(field.name for field in RECORDS[record].fields() if field.about.personal)

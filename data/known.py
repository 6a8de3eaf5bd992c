"""What a change reads before it decides: single rows, references, the moment of the form."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb

from data.columns import is_storable, schema, utc
from data.records import Record

Values = dict[str, object]


class Stored(NamedTuple):
    """A row as it is in the store."""

    values: Values
    origin: str
    updated_at: datetime


class RowWrite(NamedTuple):
    """A row to insert (`before` is None) or to change; `after` has every field."""

    record: type[Record]
    id: str
    before: Stored | None
    after: Values

    @property
    def changes(self) -> list[str]:
        """Fields whose value differs; all of them in a new row."""
        if self.before is None:
            return list(self.after)
        return [n for n, value in self.after.items() if value != self.before.values[n]]


class Entered(NamedTuple):
    """A deal entered a stage."""

    id: str
    entered_at: datetime
    is_open: bool  # False of a won or lost stage


@dataclass(frozen=True)
class Known:
    """Reads on one cursor, at the moment a form was filed."""

    cursor: duckdb.DuckDBPyConnection
    now: datetime  # UTC
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The business day of the form."""
        return self.now.replace(tzinfo=ZoneInfo("UTC")).astimezone(self.zone).date()

    def moment_on(self, day: date) -> datetime:
        """A moment in UTC for something that happened on a business day: now, or its noon."""
        if day == self.today:
            return self.now
        return utc(datetime.combine(day, time(12), tzinfo=self.zone))

    def day_of(self, moment: datetime) -> date:
        """The business day of a moment in UTC."""
        return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(self.zone).date()

    def row(self, record: type[Record], id: str) -> Stored | None:
        """The row with this id; None when there is none."""
        if not is_storable(id):
            return None
        rows = self.matching(record, "id", id)
        return rows[0] if rows else None

    def matching(self, record: type[Record], field: str, value: str) -> list[Stored]:
        """The rows that have this value, by id."""
        names = schema(record).names()
        query = (
            f"SELECT {', '.join(names)}, origin, updated_at FROM {record.TABLE} "
            f"WHERE {field} = ? ORDER BY id"
        )
        return [
            Stored(dict(zip(names, values, strict=True)), origin, updated_at)
            for *values, origin, updated_at in self.cursor.execute(query, [value]).fetchall()
        ]

    def rows(self, query: str, values: Iterable[object] = ()) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return self.cursor.execute(query, list(values)).fetchall()

    def stage_events(self, deal_id: str) -> list[Entered]:
        """The deal's stage events in their order."""
        query = (
            "SELECT e.id, e.entered_at, s.kind IS NOT DISTINCT FROM 'open' "
            "FROM stage_events AS e LEFT JOIN stages AS s ON s.id = e.stage "
            "WHERE e.deal_id = ? ORDER BY e.seq, e.entered_at"
        )
        return [Entered(*row) for row in self.cursor.execute(query, [deal_id]).fetchall()]

    def has(self, table: str, id: str) -> bool:
        """A row with this id is in the table."""
        return is_storable(id) and bool(self.rows(f"SELECT 1 FROM {table} WHERE id = ?", [id]))

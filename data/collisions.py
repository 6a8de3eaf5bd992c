"""Two people change one record: what collides, and who made the change that stands."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import duckdb

from data import audit
from data.columns import schema
from data.errors import ChangedMeanwhileError
from data.records import Record

Values = Mapping[str, object]


class Author(NamedTuple):
    """Who gave a field the value it has, and when (UTC)."""

    person: str
    at: datetime


Authors = dict[str, Author]  # by field


def check(record: str, id: str, stored: Values, values: Values, seen: Values | None) -> None:
    """Refuse values for fields that somebody else has changed since the person saw them.

    A field that is not in `seen` is not compared, and one that both set alike does not collide.
    What the person did not touch is not among `values`: there, the other's change stands.

    Raises:
        ChangedMeanwhileError: with the fields.
    """
    shared = values.keys() & (seen or {}).keys()
    collided = [n for n in shared if stored[n] not in ((seen or {})[n], values[n])]
    if collided:
        raise ChangedMeanwhileError(record=record, id=id, fields=tuple(sorted(collided)))


def authors(cursor: duckdb.DuckDBPyConnection, record: type[Record], id: str) -> Authors:
    """Who gave each field of a record its present value, as the log has it.

    An import has no row for each record: it is the author where the log knows another value.
    """
    names = list(schema(record))
    query = f"SELECT {', '.join(names)}, updated_at FROM {record.TABLE} WHERE id = ?"
    rows = cursor.execute(query, [id]).fetchall()
    if not rows:
        return {}
    *values, moment = rows[0]
    stored = json.loads(audit.as_json(dict(zip(names, values, strict=True))) or "{}")
    told = _told(cursor, "record = ? AND id = ?", [record.__name__, id])
    known = {name: author for name, (value, author) in told.items() if value == stored[name]}
    last = cursor.execute("SELECT person FROM audit WHERE happened_at = ?", [moment]).fetchall()
    return dict.fromkeys(names, Author(last[0][0], moment)) | known if last else known


def settings_authors(cursor: duckdb.DuckDBPyConnection) -> Authors:
    """Who made each setting what it is."""
    return {name: told[1] for name, told in _told(cursor, "action = 'settings'", []).items()}


def _told(
    cursor: duckdb.DuckDBPyConnection, which: str, values: list[str]
) -> dict[str, tuple[object, Author]]:
    """The last value of each field in the log's rows, and who set it."""
    query = f"SELECT person, happened_at, before, after FROM audit WHERE {which} ORDER BY seq"
    found: dict[str, tuple[object, Author]] = {}
    for person, at, before, after in cursor.execute(query, values).fetchall():
        old, new = json.loads(before or "{}"), json.loads(after or "{}")
        changed = (name for name in new if name not in old or old[name] != new[name])
        found |= {name: (new[name], Author(person, at)) for name in changed}
    return found

"""The people who use the product: who somebody is by their id."""

from typing import NamedTuple

import duckdb


class Person(NamedTuple):
    """Somebody who may sign in. `rep_id` is None for people who are not in the department."""

    id: str
    name: str
    role: str
    team: str | None = None
    rep_id: str | None = None


def person(cursor: duckdb.DuckDBPyConnection, id: str) -> Person | None:
    """The person with this id; None when there is none, or they have left."""
    rows = cursor.execute(
        "SELECT id, name, role, team, id FROM reps WHERE id = ? AND status <> 'left'", [id]
    ).fetchall()
    return Person(*rows[0]) if rows else None

"""The people who use the product: who somebody is by their id.

People of the department are in `reps`. Others who use the product, such as an administrator
who does not sell, have their name and role in `accounts`.
"""

from typing import NamedTuple

import duckdb

_PEOPLE = """
    SELECT r.id, r.name, r.role, r.team, r.id AS rep_id
    FROM reps AS r LEFT JOIN accounts AS a ON a.id = r.id
    WHERE r.status <> 'left' AND a.is_closed IS DISTINCT FROM true
    UNION ALL
    SELECT id, name, role, NULL, NULL
    FROM accounts
    WHERE role IS NOT NULL AND NOT is_closed
"""


class Person(NamedTuple):
    """Somebody who may sign in. `rep_id` is None for people who are not in the department."""

    id: str
    name: str
    role: str
    team: str | None = None
    rep_id: str | None = None


def person(cursor: duckdb.DuckDBPyConnection, id: str) -> Person | None:
    """The person with this id; None when there is none, they have left or are shut out."""
    rows = cursor.execute(f"SELECT * FROM ({_PEOPLE}) WHERE id = ?", [id]).fetchall()
    return Person(*rows[0]) if rows else None


def of_role(cursor: duckdb.DuckDBPyConnection, role: str) -> list[Person]:
    """The people with a role, by name."""
    query = f"SELECT * FROM ({_PEOPLE}) WHERE role = ? ORDER BY name, id"
    return [Person(*row) for row in cursor.execute(query, [role]).fetchall()]

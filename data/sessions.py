"""Who is signed in: the rows of `sessions`, and their tokens.

A token is 256 random bits that only the browser has; the store keeps its SHA-256, which
needs no salt or stretching since nobody can guess what it is of.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import duckdb

from data.writer import Transaction

IDLE = timedelta(hours=12)  # unused that long: over; a day's work never signs in twice
LONGEST = timedelta(days=7)  # over in any case
TOUCH = timedelta(minutes=1)  # how exactly the store knows when a session was last used
_KEPT = timedelta(days=90)  # ended ones still tell from where a person usually signs in
_FIELDS = "token_hash, person_id, kind, started_at, seen_at, expires_at, place"


class Session(NamedTuple):
    """One row; moments are UTC. `kind` says how it was begun: password, demo or oidc."""

    token_hash: str
    person_id: str
    kind: str
    started_at: datetime
    seen_at: datetime
    expires_at: datetime
    place: str | None

    def is_over(self, now: datetime) -> bool:
        """Whether it is too old, or has not been used for too long."""
        return now >= self.expires_at or now - self.seen_at >= IDLE


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def of(cursor: duckdb.DuckDBPyConnection, token_hash: str) -> Session | None:
    """The session of a token; None when it never was or has ended."""
    query = f"SELECT {_FIELDS} FROM sessions WHERE token_hash = ? AND ended_at IS NULL"
    rows = cursor.execute(query, [token_hash]).fetchall()
    return Session(*rows[0]) if rows else None


def of_person(cursor: duckdb.DuckDBPyConnection, person_id: str, now: datetime) -> list[Session]:
    """Where a person is signed in, the last used first."""
    query = (
        f"SELECT {_FIELDS} FROM sessions WHERE person_id = ? AND ended_at IS NULL "
        "ORDER BY seen_at DESC, token_hash"
    )
    rows = cursor.execute(query, [person_id]).fetchall()
    return [session for session in (Session(*row) for row in rows) if not session.is_over(now)]


def has_been(cursor: duckdb.DuckDBPyConnection, person_id: str, place: str) -> bool:
    """Whether the person was signed in from this address in the last months."""
    query = "SELECT 1 FROM sessions WHERE person_id = ? AND place = ? LIMIT 1"
    return bool(cursor.execute(query, [person_id, place]).fetchall())


def begin(work: Transaction, person_id: str, kind: str, place: str | None) -> str:
    """The token of a new session."""
    token, now = new_token(), work.moment
    work.write("sessions", "DELETE FROM sessions WHERE expires_at < ?", [now - _KEPT])
    values = [hashed(token), person_id, kind, now, now, now + LONGEST, place]
    work.write("sessions", f"INSERT INTO sessions ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    return token


def touch(work: Transaction, token_hash: str, moment: datetime) -> None:
    """Keep when a session was last used."""
    query = "UPDATE sessions SET seen_at = ? WHERE token_hash = ? AND seen_at < ?"
    work.write("sessions", query, [moment, token_hash, moment])


def end(work: Transaction, token_hash: str) -> None:
    """End one session, now."""
    _end(work, "token_hash", token_hash)


def end_all(work: Transaction, person_id: str, *, but: str | None = None) -> None:
    """End all sessions of a person; `but` is the hash of one that stays."""
    _end(work, "person_id", person_id, but=but)


def end_every(work: Transaction) -> None:
    """End all sessions of everybody: those of a restored store may have been ended since."""
    query = "UPDATE sessions SET ended_at = ? WHERE ended_at IS NULL"
    work.write("sessions", query, [work.moment])


def _end(work: Transaction, column: str, value: str, *, but: str | None = None) -> None:
    query = (
        f"UPDATE sessions SET ended_at = ? "
        f"WHERE {column} = ? AND ended_at IS NULL AND token_hash IS DISTINCT FROM ?"
    )
    work.write("sessions", query, [work.moment, value, but])

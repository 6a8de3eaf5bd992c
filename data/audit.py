"""The audit log: append-only, each row sealed with a key that lies outside the store.

A row's hash is an HMAC-SHA256 over its values and the hash before it, so an edited,
removed or inserted row breaks the chain from there on. A tail cut off shows only
against an anchor kept elsewhere.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol

import duckdb

from data.anchors import Anchor
from data.connection import translated
from data.errors import AuditKeyError

BATCH = 10_000  # rows of the log in memory at once
_KEY_BYTES = 32
_FEWEST = 9  # sealed values: the hash before, seq, and all up to `after`


class Entry(NamedTuple):
    """What happened, as a row of the table without its seal. `before`, `after` are JSON."""

    happened_at: datetime  # UTC
    person: str
    action: str
    record: str | None = None
    id: str | None = None
    before: str | None = None
    after: str | None = None
    place: str | None = None  # a network address, or "terminal"
    tables: str | None = None  # JSON of `data.fingerprints`, where rows have no image each


@dataclass(frozen=True)
class Chain:
    """The end of the log; sealing a row gives the next end."""

    key: bytes
    seq: int = 0
    hash: str = ""

    def seal(self, entry: Entry) -> "Chain":
        """The end of the log after `entry`."""
        seq = self.seq + 1
        values = [self.hash, seq, entry.happened_at.isoformat(), *entry[1:]]
        while len(values) > _FEWEST and values[-1] is None:  # as rows were sealed without them
            values.pop()
        text = json.dumps(values, ensure_ascii=False)
        digest = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return replace(self, seq=seq, hash=digest)


class HasLog(Protocol):
    """A store whose log can be read."""

    path: Path

    def reading(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """One state of the store; see `Store.reading`."""

    def anchor(self) -> Anchor:
        """Where the log ends now; see `Store.anchor`."""


def anchor(store: HasLog) -> Anchor:
    """Where the log ends now: for a backup, and kept beside the store; see `data.anchors`."""
    return store.anchor()


def verify(store: HasLog) -> int | None:
    """The `seq` of the first row that is not as it was written; None when all are.

    A row missing in between is reported at the one that follows it.
    """
    chain = Chain(read_key(store.path))
    with store.reading() as cursor:
        for entry, seq, seal in entries(cursor):
            chain = chain.seal(entry)
            if (chain.seq, chain.hash) != (seq, seal):
                return seq
    return None


def entries(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Entry, int, str]]:
    """Every row of the log with its `seq` and seal, oldest first, read in batches."""
    query = f"SELECT {', '.join(Entry._fields)}, seq, hash FROM audit WHERE seq > ? ORDER BY seq"
    after = -1
    while rows := cursor.execute(f"{query} LIMIT {BATCH}", [after]).fetchall():
        for *values, seq, seal in rows:
            yield Entry(*values), seq, seal
        after = rows[-1][-2]


def tail(cursor: duckdb.DuckDBPyConnection, key: bytes) -> Chain:
    """The end of the log as the store has it."""
    query = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
    row = cursor.execute(query).fetchall()
    return Chain(key, *row[0]) if row else Chain(key)


def last_moment(cursor: duckdb.DuckDBPyConnection) -> datetime:
    """When the last row was written; the year 1 for an empty log."""
    [(moment,)] = cursor.execute("SELECT max(happened_at) FROM audit").fetchall()
    return moment or datetime.min


def as_json(values: Mapping[str, object] | None) -> str | None:
    """A record's values as the log keeps them: exact, days and moments in ISO form."""
    if values is None:
        return None
    return json.dumps(dict(values), ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the audit log")


def key_path(store: Path) -> Path:
    """Where a store's key lies: beside it, readable by its owner only."""
    return store.with_name(store.name + ".key")


def read_key(store: Path) -> bytes:
    """The key of a store's log, made on first use.

    Without its key a log cannot be verified: `verify` then names its first row.

    Raises:
        AuditKeyError: the file holds no key.
        StoreReadOnlyError, DiskFullError: a new key cannot be written.
    """
    path = key_path(store)
    try:
        if not path.exists():
            _make_key(path)
        key = bytes.fromhex(path.read_text("ascii"))
    except OSError as error:
        raise translated(error, path) or error from error
    except ValueError as error:
        raise AuditKeyError(path=str(path)) from error
    if len(key) != _KEY_BYTES:
        raise AuditKeyError(path=str(path))
    return key


def _make_key(path: Path) -> None:
    """Write a new key, whole or not at all, for its owner's eyes only."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def insert(cursor: duckdb.DuckDBPyConnection, chain: Chain, entries: Iterable[Entry]) -> Chain:
    """Append rows inside the caller's transaction; the new end of the log."""
    rows = []
    for entry in entries:
        chain = chain.seal(entry)
        rows.append((chain.seq, *entry, chain.hash))
    if rows:
        names = ("seq", *Entry._fields, "hash")
        places = ", ".join("?" * len(names))
        cursor.executemany(f"INSERT INTO audit ({', '.join(names)}) VALUES ({places})", rows)
    return chain

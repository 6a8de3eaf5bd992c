"""A copy of the store's file as it is between two commits, and what a store file holds."""

import errno
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from data import migrate
from data.connection import CONFIG, translated, writable

# Another process copies: closing any descriptor of the open file here would give up the lock
# that DuckDB has on it, since POSIX locks belong to the process.
_COPY = """
import shutil, sys
try:
    for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
        shutil.copyfile(source, target)
except OSError as error:
    sys.exit(error.errno)
"""


class Contents(NamedTuple):
    """What a store holds: rows per table, the end of its audit log, the migrations it has had."""

    rows: dict[str, int]
    seq: int
    hash: str
    migrations: tuple[str, ...]


class Taken(NamedTuple):
    """A copy was made at this moment (UTC), of a store with these contents and digests."""

    moment: datetime
    contents: Contents
    digests: dict[str, int | None]


def copy(source: Path, target: Path) -> None:
    """Copy a store file with its write-ahead log, which nobody may be writing to.

    Raises:
        OSError: the target cannot be written.
    """
    pairs = zip(parts(source), (target, log_of(target)), strict=False)
    words = [str(path) for pair in pairs for path in pair]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", _COPY, *words], check=False)
    if done.returncode:
        code = done.returncode if done.returncode in errno.errorcode else errno.EIO
        raise OSError(code, os.strerror(code), str(target))


def parts(store: Path) -> list[Path]:
    """The files of a store: itself, and its write-ahead log while there is one."""
    return [store, log_of(store)] if log_of(store).exists() else [store]


def log_of(store: Path) -> Path:
    """The write-ahead log that DuckDB keeps beside a store."""
    return store.with_name(f"{store.name}.wal")


def contents(cursor: duckdb.DuckDBPyConnection) -> Contents:
    """What the store holds, in the cursor's transaction."""
    tables = "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
    rows = {name: _height(cursor, name) for (name,) in cursor.execute(tables).fetchall()}
    end = cursor.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchall()
    seq, seal = end[0] if end else (0, "")
    return Contents(rows, seq, seal, tuple(sorted(migrate.recorded(cursor))))


def _height(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    [(height,)] = cursor.execute(f'SELECT count(*) FROM "{table}"').fetchall()
    return int(height)


def digests(cursor: duckdb.DuckDBPyConnection) -> dict[str, int | None]:
    """All values of each table as one number, the same in any order; to compare within a process.

    Raises:
        duckdb.Error: a part of the file cannot be read.
    """
    query = 'SELECT sum(hash(t)) FROM "{}" AS t'
    found: dict[str, int | None] = {}
    for name in contents(cursor).rows:
        [(found[name],)] = cursor.execute(query.format(name)).fetchall()
    return found


def settle(path: Path) -> None:
    """Move a copy's write-ahead log into it, so that it is one file.

    Raises:
        YejiError: no room for it, or it cannot be opened.
    """
    try:
        with writable(path) as connection:
            connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise translated(error, path) or error from error


def opened(path: Path) -> tuple[Contents, dict[str, int | None]]:
    """What a store file at rest holds, with its digests; nothing is written.

    Raises:
        NotAStoreError, StoreNewerError: it is something else, or of a newer version.
        duckdb.Error: a part of it cannot be read.
    """
    config = {**CONFIG, "threads": 1}  # others are at work
    with duckdb.connect(str(path), read_only=True, config=config) as connection:
        migrate.inspect(connection, path)
        return contents(connection), digests(connection)

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
from data.connection import CONFIG

# Another process copies: closing any descriptor of the open file here would give up the lock
# that DuckDB has on it, since POSIX locks belong to the process.
_COPY = """
import shutil, sys
try:
    shutil.copyfile(*sys.argv[1:])
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
    """A copy was made at this moment (UTC), with these contents."""

    moment: datetime
    contents: Contents


def copy(cursor: duckdb.DuckDBPyConnection, source: Path, target: Path) -> None:
    """Copy the open store, to which nobody may be writing; `cursor` is any of its.

    What is in the write-ahead log goes into the file first: a copy that had to read the log
    again could come out otherwise than the store.

    Raises:
        OSError: the target cannot be written.
    """
    with cursor.cursor() as apart:  # a transaction of this one may be under way
        apart.execute("CHECKPOINT")
    words = [sys.executable, "-I", "-S", "-c", _COPY, str(source), str(target)]
    done = subprocess.run(words, check=False)
    if done.returncode:
        code = done.returncode if done.returncode in errno.errorcode else errno.EIO
        raise OSError(code, os.strerror(code), str(target))


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


def opened(path: Path) -> Contents:
    """What a store file at rest holds; every value in it is read, nothing is written.

    Raises:
        NotAStoreError, StoreNewerError: it is something else, or of a newer version.
        duckdb.Error: a part of it cannot be read.
    """
    config = {**CONFIG, "threads": 1}  # others are at work
    with duckdb.connect(str(path), read_only=True, config=config) as connection:
        migrate.inspect(connection, path)
        found = contents(connection)
        for name in found.rows:
            connection.execute(f'SELECT bit_xor(hash(t)) FROM "{name}" AS t').fetchall()
    return found

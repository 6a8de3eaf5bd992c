"""The one connection to the store file: opened without harm, shared as cursors.

A DuckDB connection must not be used by two threads at once, so every call gets a
cursor of its own. A process opens a store once; a second opening is refused like
one of another process, since two writers would not know of each other's rows.
"""

import contextlib
import errno
import logging
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb

from data import migrate
from data.errors import (
    DiskFullError,
    NotAStoreError,
    StoreBusyError,
    StoreClosedError,
    StoreNewerError,
    StoreReadOnlyError,
    YejiError,
)

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.5.0",  # DuckDB 1.5 can still read the file
    "autoinstall_known_extensions": False,  # nothing is fetched from the network
    "autoload_known_extensions": False,
}
# DuckDB 1.5.6 to 2.0.1 lose, when they read the log again, a text that was set where there was
# none, if its column is compressed in this way and a row was added before. Only SET turns it off.
_KEEPS_TEXTS = "SET GLOBAL disabled_compression_methods = 'DICT_FSST'"
_HOLDER = re.compile(r"lock is held in (.+?) \(PID (\d+)\)")
_FULL = ("No space left on device", "Disk quota exceeded")
_READ_ONLY = ("Read-only file system", "Permission denied", "Operation not permitted")
_FULL_ERRNO = (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY_ERRNO = (errno.EROFS, errno.EACCES, errno.EPERM)

_log = logging.getLogger(__name__)
_claimed: set[Path] = set()
_claims = threading.Lock()


class Connection:
    """An open store file. `cursor()` serves any thread; `close()` waits for cursors in use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle = threading.Condition()
        self._cursors = 0
        self._is_broken = False
        _claim(path)
        try:
            self._connection: duckdb.DuckDBPyConnection | None = _opened(path)
        except BaseException:
            _release(self.path)
            raise

    @contextlib.contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for one call; a thread holds one at a time.

        After a fatal error (a checkpoint on a full disk) DuckDB answers nothing until the
        file is opened again: the next cursor does that.

        Raises:
            StoreClosedError: the store was closed.
            YejiError: the disk is full or gone read-only; see `translated`.
        """
        cursor = self._take()
        try:
            yield cursor
        except duckdb.Error as error:
            self._is_broken |= isinstance(error, duckdb.FatalException)
            if shown := translated(error, self.path):
                raise shown from error
            raise
        finally:
            cursor.close()
            with self._idle:
                self._cursors -= 1
                self._idle.notify_all()

    def _take(self) -> duckdb.DuckDBPyConnection:
        with self._idle:
            if self._is_broken:
                self._idle.wait_for(lambda: self._cursors == 0)
                self._reopen()
            if self._connection is None:
                raise StoreClosedError
            self._cursors += 1
            return self._connection.cursor()

    def _reopen(self) -> None:
        if self._connection is not None and self._is_broken:  # nobody was faster
            self._connection.close()
            self._connection = _opened(self.path)
            self._is_broken = False

    def close(self) -> None:
        """Move the write-ahead log into the file and let go of it. Twice is harmless."""
        with self._idle:
            self._idle.wait_for(lambda: self._cursors == 0)
            connection, self._connection = self._connection, None
            if connection is None:
                return
            try:
                connection.execute("CHECKPOINT")
            except duckdb.Error as error:  # the log stays beside the file: nothing is lost
                _log.warning("not checkpointed: %s", error)
            finally:
                connection.close()
                _release(self.path)


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody opens the file meanwhile, and its write-ahead log is in it.

    A file that cannot be opened, or none, is held against this process only.

    Raises:
        StoreBusyError: somebody has it open.
    """
    _claim(path)
    try:
        with contextlib.ExitStack() as stack:
            if is_database(path):
                with contextlib.suppress(duckdb.Error):
                    stack.enter_context(_locked(path)).execute("CHECKPOINT")
            yield
    finally:
        _release(path)


def _locked(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return writable(path)
    except duckdb.Error as error:
        shown = translated(error, path)
        if isinstance(shown, StoreBusyError):
            raise shown from error
        raise


def _claim(path: Path) -> None:
    with _claims:
        if path in _claimed:
            raise StoreBusyError(path=str(path), process=f"PID {os.getpid()}")
        _claimed.add(path)


def _release(path: Path) -> None:
    with _claims:
        _claimed.discard(path)


def translated(error: Exception, path: Path) -> YejiError | None:
    """The error a person may see for what DuckDB, Polars or the system said; None: it is a bug."""
    text, number = str(error), getattr(error, "errno", None)
    if holder := _HOLDER.search(text):
        process = f"{Path(holder[1]).name} (PID {holder[2]})"
        return StoreBusyError(path=str(path), process=process)
    if number in _FULL_ERRNO or any(sign in text for sign in _FULL):
        return DiskFullError(path=str(path))
    if number in _READ_ONLY_ERRNO or any(sign in text for sign in _READ_ONLY):
        return StoreReadOnlyError(path=str(path))
    if "not a valid DuckDB database file" in text:
        return NotAStoreError(path=str(path))
    if "with version number" in text:
        return StoreNewerError(path=str(path), migration="DuckDB")
    return None


def is_database(path: Path) -> bool:
    """A file of DuckDB's. Never ask while this process has it open: its lock would go."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(12)[8:] == b"DUCK"


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """Open or create the store; what was created goes again when that fails."""
    is_new = not path.exists()
    try:
        if is_new:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            _look(path)
        if not os.access(path.parent, os.W_OK):
            raise StoreReadOnlyError(path=str(path))
        connection = _connect(path)
        if is_new:
            path.chmod(0o600)
        return connection
    except (duckdb.Error, OSError, YejiError) as error:
        shown = error if isinstance(error, YejiError) else translated(error, path)
        if is_new and not isinstance(shown, StoreBusyError):  # another process made that one
            _remove(path)
        if shown and shown is not error:
            raise shown from error
        raise


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    connection = writable(path)
    try:
        migrate.apply(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def writable(path: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB's connection to a store file, to write to it as stores are written."""
    connection = duckdb.connect(str(path), config=CONFIG)
    connection.execute(_KEEPS_TEXTS)
    return connection


def _look(path: Path) -> None:
    """Refuse a file that is no store, or a newer one, before anything could write to it.

    DuckDB would replay a foreign database's log, and reach for the network when
    the file is one of SQLite.
    """
    if not is_database(path):
        raise NotAStoreError(path=str(path))
    with duckdb.connect(str(path), read_only=True, config=CONFIG) as connection:
        migrate.inspect(connection, path)


def _remove(path: Path) -> None:
    for created in (path, path.with_name(path.name + ".wal")):
        if created.exists():
            created.unlink()

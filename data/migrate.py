"""Numbered SQL files that bring a store to this version; forward only.

A migration is never edited once released. Each runs in one transaction together
with its record, so a failing one leaves nothing behind.
"""

from collections.abc import Collection, Set
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from data.errors import NotAStoreError, StoreNewerError
from data.transaction import transaction

FOLDER = Path(__file__).parent / "sql" / "migrations"
_OURS = {"migrations", "table_versions", "audit", "forms"}  # every store has had these
_RECORDS = """
CREATE TABLE IF NOT EXISTS migrations (name VARCHAR PRIMARY KEY, applied_at TIMESTAMP NOT NULL)
"""


def apply(
    connection: duckdb.DuckDBPyConnection,
    folder: Path = FOLDER,
    only: Collection[str] | None = None,
) -> None:
    """Run what is pending, in the order of names; `only` these, if they are named."""
    done = recorded(connection)
    for file in sorted(folder.glob("*.sql")):
        if file.name not in done and (only is None or file.name in only):
            _run(connection, file)


def recorded(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the migrations this store has had; none for a new file."""
    if "migrations" not in _tables(connection):
        return set()
    return {name for (name,) in connection.execute("SELECT name FROM migrations").fetchall()}


def inspect(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path = FOLDER) -> None:
    """Refuse a database that is no store or had migrations unknown here; reads only.

    A database without any table passes: it is what a crash during creation leaves.

    Raises:
        NotAStoreError: other tables than a store's.
        StoreNewerError: a migration is recorded that this version does not have.
    """
    tables = _tables(connection)
    if not tables:
        return
    if not tables >= _OURS:
        raise NotAStoreError(path=str(path))
    refuse_newer(recorded(connection), path, folder)


def refuse_newer(migrations: Set[str], path: Path, folder: Path = FOLDER) -> None:
    """Refuse what has had migrations that this version does not have.

    Raises:
        StoreNewerError: names the last of them.
    """
    if unknown := migrations - {file.name for file in folder.glob("*.sql")}:
        raise StoreNewerError(path=str(path), migration=max(unknown))


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    query = "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
    return {name for (name,) in connection.execute(query).fetchall()}


def _run(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    with transaction(connection):
        connection.execute(_RECORDS)
        connection.execute(file.read_text(encoding="utf-8"))
        now = datetime.now(UTC).replace(tzinfo=None)
        connection.execute("INSERT INTO migrations VALUES (?, ?)", [file.name, now])

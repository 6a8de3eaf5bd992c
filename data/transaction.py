"""All or nothing on one cursor."""

import contextlib
from collections.abc import Iterator

import duckdb


class Undo(Exception):  # noqa: N818 - a wish, not an error
    """Raised inside a transaction to end it quietly with nothing changed."""


@contextlib.contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit at the end of the block, roll back when it raises."""
    cursor.begin()
    try:
        yield
        cursor.commit()
    except BaseException as error:
        with contextlib.suppress(duckdb.Error):  # a failed commit has rolled back already
            cursor.rollback()
        if not isinstance(error, Undo):
            raise

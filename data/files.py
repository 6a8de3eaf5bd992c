"""Files beside the store: written whole or not at all, with the errors that people may see."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from polars.exceptions import ComputeError

from data.connection import translated
from data.errors import (
    BackupNoRoomError,
    BackupNotWrittenError,
    DiskFullError,
    StoreReadOnlyError,
    YejiError,
)


@contextlib.contextmanager
def written(folder: Path) -> Iterator[None]:
    """What the system says of files as the errors that a person may see."""
    try:
        yield
    except (YejiError, OSError, ComputeError) as error:  # Polars says so of Parquet
        shown = error if isinstance(error, YejiError) else translated(error, folder)
        if isinstance(shown, DiskFullError):
            raise BackupNoRoomError(path=_place(error, folder)) from error
        if isinstance(shown, StoreReadOnlyError) or isinstance(error, OSError):
            raise BackupNotWrittenError(path=_place(error, folder)) from error
        raise


def _place(error: Exception, folder: Path) -> str:
    """Where it failed, as far as the error knows."""
    if isinstance(error, YejiError):
        return str(error.values.get("path", folder))
    return str(getattr(error, "filename2", None) or getattr(error, "filename", None) or folder)


@contextlib.contextmanager
def beside(store: Path, what: str) -> Iterator[Path]:
    """An empty folder beside a store while the block runs; what a crash left there goes."""
    place = store.with_name(f"{store.name}.{what}")
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(mode=0o700, parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)

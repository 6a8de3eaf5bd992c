"""Backups and exports of the running app's store, as the backup screen asks for them."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data import audit, backup, open_files
from data.archive import Archive, stamp
from data.errors import YejiError
from data.schedule import Failure
from pages.ui import cache, downloads, session


@dataclass(frozen=True)
class State:
    """How the store is backed up at present."""

    made: list[Archive]  # newest first
    folder: Path
    failure: Failure | None
    next_due: datetime | None
    shares_disk: bool  # with the store: both would be lost together


@dataclass(frozen=True)
class Ready:
    """An export that waits to be fetched."""

    address: str
    name: str
    size: int


def state() -> State:
    """The backups there are, and those to come."""
    schedule, made = cache.schedule(), cache.schedule().backups()
    device = cache.store().path.stat().st_dev
    shares_disk = bool(made) and made[0].path.stat().st_dev == device
    return State(made, schedule.folder, schedule.failure, schedule.next_due(), shares_disk)


def back_up() -> Archive:
    """Make a backup now; see `data.backup.make`."""
    return backup.make(cache.store(), cache.schedule().folder, session.actor())


def export() -> Ready:
    """Write the whole department as one ZIP file, to be fetched once.

    Raises:
        YejiError: the person may not, or there is no room; see `data.open_files.write`.
    """
    store = cache.store()
    folder = Path(tempfile.mkdtemp(prefix=f"{store.path.name}.export-", dir=store.path.parent))
    name = f"yeji-{stamp(datetime.now(UTC))}.zip"
    try:
        made = open_files.zipped(store, folder / name, session.actor())
    except YejiError:
        shutil.rmtree(folder)
        raise
    address = downloads.offer(made.path, session.current_person().id)
    return Ready(address, name, made.path.stat().st_size)


def sweep() -> None:
    """Remove exports that nobody fetched, also of an app that crashed."""
    store = cache.store().path
    for folder in store.parent.glob(f"{store.name}.export-*"):
        shutil.rmtree(folder, ignore_errors=True)


def key_path() -> Path:
    """Where the key lies that proves backups."""
    return audit.key_path(cache.store().path)

"""The way back: a store made from an archive takes the place of the one that is there.

The new store is built and verified beside the old one, then takes its name in one step: a
crash leaves the one or the other. What it replaces stays beside it under a dated name.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data import anchors, archive, audit, backup, snapshot
from data.actor import Actor
from data.archive import Archive
from data.connection import held
from data.errors import ArchiveAlteredError
from data.store import Store, utc_now


@dataclass(frozen=True)
class Restored:
    """What a restore did: the archive it was made from, and where the replaced store is kept."""

    source: Archive
    kept: Path | None  # None: nothing was there


def check(source: Path, store: Path | None) -> Archive:
    """The archive in a folder, proven and opened; nothing is written.

    Raises:
        YejiError: it is refused; see `archive.proven` and `backup.check`.
    """
    found = archive.proven(source, store)
    if found.manifest.kind == "backup":
        backup.check(found)
    return found


def restore(
    source: Path,
    target: Path,
    actor: Actor,
    *,
    without_key: bool = False,
    clock: Callable[[], datetime] = utc_now,
) -> Restored:
    """Put a store made from the archive `source` in the place of the store `target`.

    The key of the audit log must lie beside `target`: it proves the archive. `without_key`
    goes on without that proof; a new key is made where there is none.

    Raises:
        YejiError: the archive is refused; see `check`.
        StoreBusyError: a running app holds the store.
        BackupNoRoomError, BackupNotWrittenError: there is no room for it.
    """
    target = target.resolve()
    found = check(source, None if without_key else target)
    with backup.written(target.parent), held(target), backup.beside(target, "restore") as place:
        staged = place / target.name
        _build(found, staged)
        _prepare(staged, target, found, actor, clock, is_proven=not without_key)
        kept = archive.unused(target.with_name(f"{target.name}.replaced-{archive.stamp(clock())}"))
        return Restored(found, kept if _put(staged, target, kept) else None)


def _build(found: Archive, staged: Path) -> None:
    shutil.copyfile(found.path / backup.STORE, staged)
    backup.compare(staged, found.manifest)


def _prepare(
    staged: Path,
    target: Path,
    found: Archive,
    actor: Actor,
    clock: Callable[[], datetime],
    *,
    is_proven: bool,
) -> None:
    """Bring the new store to this version, verify its log, and note there what it is."""
    staged.chmod(0o600)
    if audit.key_path(target).exists():
        shutil.copyfile(audit.key_path(target), audit.key_path(staged))
        audit.key_path(staged).chmod(0o600)
    store = Store(staged, clock)
    try:
        if is_proven and audit.verify(store) is not None:
            raise ArchiveAlteredError(path=str(found.path))
        end = found.manifest
        store.note(actor, "restore", {"name": found.name, "seq": end.seq, "hash": end.hash})
    finally:
        store.close()
    for file in staged.parent.iterdir():
        archive.fsync(file)


def _put(staged: Path, target: Path, kept: Path) -> bool:
    """Give the new store its name; True when another had it, which is now called `kept`."""
    is_replacing = target.exists()
    if is_replacing:
        kept.hardlink_to(target)  # a second name: at no moment is there no store
        _move(snapshot.log_of(target), snapshot.log_of(kept))
        _move(anchors.path(target), anchors.path(kept))  # they name rows that will be no more
    if not audit.key_path(target).exists():
        _move(audit.key_path(staged), audit.key_path(target))
    staged.replace(target)
    _move(anchors.path(staged), anchors.path(target))
    archive.fsync(target.parent)
    return is_replacing


def _move(source: Path, target: Path) -> None:
    if source.exists():
        source.replace(target)

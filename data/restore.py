"""The way back: a store made from an archive takes the place of the one that is there.

The new store is built and verified beside the old one, then takes its name in one step: a
crash leaves the one or the other. What it replaces stays beside it under a dated name.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data import (
    accounts,
    anchors,
    archive,
    audit,
    backup,
    fingerprints,
    open_files,
    sessions,
    snapshot,
)
from data.actor import Actor
from data.archive import Archive
from data.connection import held
from data.files import beside, written
from data.store import Store, utc_now
from data.writer import Transaction


@dataclass(frozen=True)
class Restored:
    """What a restore did: the archive it was made from, and where the replaced store is kept.

    `is_log_whole` is False when the audit log in the archive is not as it was written: it had
    been altered before, or there is no proof without its key.
    """

    source: Archive
    kept: Path | None  # None: nothing was there
    is_log_whole: bool


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
    with written(target.parent), held(target), beside(target, "restore") as place:
        staged = place / target.name
        _build(found, staged)
        is_log_whole = _prepare(staged, target, found, actor, clock)
        kept = archive.unused(target.with_name(f"{target.name}.replaced-{archive.stamp(clock())}"))
        is_replaced = _put(staged, target, kept)
    return Restored(found, kept if is_replaced else None, is_log_whole)


def _build(found: Archive, staged: Path) -> None:
    if found.manifest.kind == "export":
        open_files.build(found, staged)
    else:
        shutil.copyfile(found.path / backup.STORE, staged)
        backup.compare(staged, found.manifest)


def _prepare(
    staged: Path, target: Path, found: Archive, actor: Actor, clock: Callable[[], datetime]
) -> bool:
    """Bring the new store to this version and note there what it is; whether its log is whole."""
    staged.chmod(0o600)
    if audit.key_path(target).exists():
        shutil.copyfile(audit.key_path(target), audit.key_path(staged))
        audit.key_path(staged).chmod(0o600)
    store = Store(staged, clock)
    try:
        is_log_whole = audit.verify(store) is None
        store.access.write(lambda turn: _begin_anew(turn, found, actor))
    finally:
        store.close()
    for file in staged.parent.iterdir():
        archive.fsync(file)
    return is_log_whole


def _begin_anew(turn: Transaction, found: Archive, actor: Actor) -> None:
    """Note where the store is from; everybody signs in again.

    What an export withholds is not there, which the log is told.
    """
    if found.manifest.kind == "export":
        turn.begin_anew(*open_files.SECRET, *set(open_files.WITHHELD) & set(fingerprints.COVERED))
    sessions.end_every(turn)
    accounts.use_up_all(turn)
    end = found.manifest
    turn.log(actor, "restore", after={"name": found.name, "seq": end.seq, "hash": end.hash})


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

"""Backups: verified copies of the open store, made while people write, and kept in a folder.

A backup ends with a commit: what was acknowledged before is in it, what was submitted later
is not. It is copied beside the store, opened and compared there, and only then gets its name.
"""

import errno
import shutil
import threading
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

import duckdb
import polars as pl

from data import archive, audit, snapshot
from data.actor import Actor
from data.archive import Archive, Manifest, Reason
from data.errors import (
    ArchiveAlteredError,
    BackupNoRoomError,
)
from data.files import beside, written
from data.store import Store

STORE = "yeji.duckdb"  # its name inside a backup
_FEW = 20  # rows of the log since the last backup; more are a change in any case
_ROOM = 2  # times the store's size must be free: people go on writing meanwhile

_turn = threading.Lock()  # one backup at a time


def make(store: Store, folder: Path, actor: Actor, reason: Reason = "asked") -> Archive:
    """Copy the open store, open the copy to verify it, and only then put it into `folder`.

    Writers wait while the file is copied beside the store; readers never. The audit log
    keeps that it was made.

    Raises:
        NotAllowedError: the actor's role makes no backups.
        BackupNoRoomError, BackupNotWrittenError: there is no new backup; the others stay.
        ArchiveAlteredError: the copy does not hold what the store held; it is removed.
    """
    with _turn, written(folder), beside(store.path, "backup") as place:
        manifest = _copied(store, place, actor, reason)
        manifest = archive.seal(place, manifest, audit.read_key(store.path))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{store.path.stem}-{archive.stamp(manifest.made_at)}"
        path = _published(place, archive.unused(folder / name))
    made = Archive(path, manifest, is_sealed=True)
    after = {"name": made.name, "seq": manifest.seq, "hash": manifest.hash}
    store.note(actor, "backup", after)
    return made


def listed(folder: Path, key: bytes) -> list[Archive]:
    """The whole backups in a folder, newest first; half-written and foreign things are not."""
    if not folder.is_dir():
        return []
    found = [archive.read(path, key) for path in folder.iterdir() if not _is_partial(path)]
    whole = [a for a in found if a and a.manifest.kind == "backup" and a.is_whole]
    return sorted(whole, key=lambda a: a.manifest.made_at, reverse=True)


def is_needed(store: Store, last: Archive | None) -> bool:
    """Anything but backups was logged since the last one."""
    if last is None:
        return not store.audit_rows(1).is_empty()
    end = last.manifest
    since = store.audit_rows(_FEW, after=end.seq - 1)
    same = since.head(1).select("seq", "hash").rows() == [(end.seq, end.hash)]
    others = since.slice(1).filter(pl.col("action") != "backup")
    return not same or not others.is_empty() or since.height == _FEW


def remove(backup: Archive) -> None:
    """Delete a backup; what a crash leaves of it is no backup."""
    gone = backup.path.rename(_partial(backup.path))
    shutil.rmtree(gone)


def check(backup: Archive) -> None:
    """Open the store in a backup and compare it with the manifest; nothing is written.

    Raises:
        ArchiveAlteredError: it does not hold what the manifest says.
        StoreNewerError: a newer version made it.
    """
    compare(backup.path / STORE, backup.manifest)


def compare(
    file: Path, manifest: Manifest, digests: Mapping[str, int | None] | None = None
) -> None:
    """Refuse a store file that does not hold what the manifest says; see `check`.

    With `digests` of the store it was copied from, every value must be the same.
    """
    try:
        held, values = snapshot.opened(file)
    except duckdb.Error as error:
        raise ArchiveAlteredError(path=str(file)) from error
    if held != manifest.contents or (digests is not None and values != digests):
        raise ArchiveAlteredError(path=str(file))


def _copied(store: Store, place: Path, actor: Actor, reason: Reason) -> Manifest:
    """Copy the store into `place` as one file that holds what the store held."""
    size = sum(part.stat().st_size for part in snapshot.parts(store.path))
    if shutil.disk_usage(place).free < _ROOM * size:
        raise BackupNoRoomError(path=str(place.parent))
    taken = store.copy_to(place / STORE, actor)
    snapshot.settle(place / STORE)
    manifest = Manifest(
        kind="backup",
        made_at=taken.moment.replace(tzinfo=UTC),
        reason=reason,
        person=actor.id,
        **taken.contents._asdict(),
    )
    compare(place / STORE, manifest, taken.digests)
    return manifest


def _published(place: Path, path: Path) -> Path:
    """Give the backup its name, at once and whole, on another disk as well."""
    try:
        place.rename(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carried(place, path)
    archive.fsync(path.parent)
    return path


def _carried(place: Path, path: Path) -> None:
    partial = _partial(path)
    try:
        partial.mkdir(mode=0o700)
        for file in place.iterdir():
            shutil.copyfile(file, partial / file.name)
            (partial / file.name).chmod(0o600)
            archive.fsync(partial / file.name)
        if archive.files(partial) != archive.files(place):
            raise ArchiveAlteredError(path=str(partial))
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _is_partial(path: Path) -> bool:
    return path.name.startswith(".")

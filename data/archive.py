"""A folder that holds a department at a moment: a backup or an export, told by its manifest.

The manifest names every file with its digest and is sealed with the key of the audit log,
which lies beside the store and never in an archive.
"""

import hashlib
import hmac
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from data import anchors, audit, columns
from data.anchors import Anchor
from data.errors import ArchiveAlteredError, ArchiveForeignError, NoKeyError, NotAnArchiveError
from data.snapshot import Contents

MANIFEST, ANCHORS = "manifest.json", "yeji.anchors"
Kind = Literal["backup", "export"]
Reason = Literal["asked", "scheduled"]


class File(BaseModel):
    """One file of an archive."""

    model_config = ConfigDict(frozen=True)

    size: int  # bytes
    sha256: str


class Manifest(BaseModel):
    """What an archive is, as its manifest says."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    made_at: datetime  # UTC
    reason: Reason
    person: str
    seq: int  # the end of the audit log: its last row
    hash: str
    migrations: tuple[str, ...]
    rows: dict[str, int]  # per table
    files: dict[str, File] = {}

    @property
    def anchor(self) -> Anchor:
        """Where the audit log ends in this archive."""
        return Anchor(self.seq, self.hash, columns.utc(self.made_at))

    @property
    def contents(self) -> Contents:
        """What the store held."""
        return Contents(self.rows, self.seq, self.hash, self.migrations)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())

    def seal(self, key: bytes) -> str:
        """What only somebody with the log's key can write under this manifest."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hmac.new(key, f"archive {text}".encode(), hashlib.sha256).hexdigest()


class Archive(NamedTuple):
    """A backup or an export. `is_sealed` is True when the key at hand sealed its manifest."""

    path: Path
    manifest: Manifest
    is_sealed: bool

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.name

    @property
    def is_whole(self) -> bool:
        """Every file is there in its size."""
        files = self.manifest.files.items()
        return all(_size(self.path / name) == file.size for name, file in files)


def seal(place: Path, manifest: Manifest, key: bytes) -> Manifest:
    """Make an archive of a folder: its anchor, then the manifest with all that lies there.

    The manifest comes last, since a folder without one is no archive.
    """
    anchors.append(place / ANCHORS, manifest.anchor)
    whole = manifest.model_copy(update={"files": files(place)})
    words = {**whole.model_dump(mode="json"), "seal": whole.seal(key)}
    text = json.dumps(words, indent=2, ensure_ascii=False)
    (place / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    for path in (place, *place.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        fsync(path)
    return whole


def files(place: Path) -> dict[str, File]:
    """Every file under `place`, by its path there."""
    found = sorted(path for path in place.rglob("*") if path.is_file())
    return {
        path.relative_to(place).as_posix(): File(size=path.stat().st_size, sha256=digest(path))
        for path in found
    }


def read(path: Path, key: bytes) -> Archive | None:
    """The archive in a folder, as far as its manifest tells; None when there is none."""
    try:
        words = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        seal = str(words.pop("seal"))
        manifest = Manifest.model_validate(words)
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return None
    return Archive(path, manifest, hmac.compare_digest(seal.encode(), manifest.seal(key).encode()))


def proven(path: Path, store: Path | None) -> Archive:
    """The archive in a folder, every file as it was made.

    The key beside `store`, which need not be there itself, proves that it was made with it;
    without a store nothing does.

    Raises:
        NotAnArchiveError: there is none.
        NoKeyError, AuditKeyError: there is no key beside the store.
        ArchiveForeignError: it is not sealed with that key.
        ArchiveAlteredError: a file is not as it was made.
    """
    found = read(path, _known_key(store) if store else b"")
    if found is None:
        raise NotAnArchiveError(path=str(path))
    if store and not found.is_sealed:
        raise ArchiveForeignError(path=str(path), key=str(audit.key_path(store)))
    for name, file in found.manifest.files.items():
        if found.manifest.kind == "export" and not (path / name).exists():
            continue  # each table is there twice, and either will do
        if _size(path / name) != file.size or digest(path / name) != file.sha256:
            raise ArchiveAlteredError(path=str(path / name))
    return found


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fsync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stamp(moment: datetime) -> str:
    """A moment in UTC as part of a file's name."""
    return moment.strftime("%Y-%m-%dT%H%M%SZ")


def unused(path: Path) -> Path:
    """The path, or the first of path-2, path-3 ... that nothing has."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _known_key(store: Path) -> bytes:
    if not audit.key_path(store).exists():
        raise NoKeyError(path=str(audit.key_path(store)))
    return audit.read_key(store)

"""Folders for the files that people upload: one per draft, gone when it is done or forgotten."""

import contextlib
import shutil
import tempfile
import time
from pathlib import Path, PurePath

from data.importing import limits

_NAME = "yeji-upload-"
_FORGOTTEN = 24 * 3600.0  # seconds without a change
_LONGEST = 100  # characters of a file's name that are kept
MAPPING = "mapping.toml"  # beside the files; no upload may be called so


def new_folder() -> Path:
    """An empty folder that nobody else can read; folders that were forgotten go."""
    home = Path(tempfile.gettempdir())
    for old in home.glob(f"{_NAME}*"):
        with contextlib.suppress(OSError):  # another user's, or gone this moment
            if time.time() - old.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(old)
    return Path(tempfile.mkdtemp(prefix=_NAME))


def keep(folder: Path, name: str, content: bytes) -> str:
    """Write an uploaded file into the folder; the name it has there.

    A name that is taken gets a number: the same file uploaded twice may be meant.

    Raises:
        FileError: it is larger than a file may be.
    """
    plain = _plain(name)  # what is told of the file names it so, and never a path
    limits.check_size(plain, len(content), limits.MOST_BYTES)
    stem, suffix = PurePath(plain).stem, PurePath(plain).suffix
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists() or path.name == MAPPING:
        number += 1
        path = folder / f"{stem} ({number}){suffix}"
    path.write_bytes(content)
    return path.name


def remove(folder: Path) -> None:
    """Remove a draft's folder; twice is harmless."""
    shutil.rmtree(folder, ignore_errors=True)


def _plain(name: str) -> str:
    """The last part of a path, without what a mapping would take for a pattern."""
    last = PurePath(name.replace("\\", "/")).name
    plain = "".join(c if c.isprintable() and c not in '*?[]<>|":' else "_" for c in last)
    path = PurePath(plain.lstrip("."))
    return f"{path.stem[:_LONGEST] or 'file'}{path.suffix[:8]}"

"""Anchors: where the audit log ended at a moment, kept outside the store.

A log whose end was cut off is still a whole chain; only an anchor that names a later row
shows the cut. Anchors lie beside the key, one a line, and in every backup.
"""

import logging
import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from data.errors import AnchorsError

_EVERY = timedelta(minutes=10)  # while people write; closing the store leaves one in any case
_LINE = re.compile(r"(\d+) ([0-9a-f]{64}) (\S+)")
_log = logging.getLogger(__name__)


class Anchor(NamedTuple):
    """The log's last row at a moment (UTC)."""

    seq: int
    hash: str
    made_at: datetime

    def __str__(self) -> str:
        """The anchor as a line of its file."""
        return f"{self.seq} {self.hash} {self.made_at.isoformat()}"


class Keeper:
    """Appends to the anchors of one store; a failure is logged and stops no write."""

    def __init__(self, store: Path) -> None:
        self.path = path(store)
        self._last: Anchor | None = None

    def keep(self, anchor: Anchor, *, is_due: bool = False) -> None:
        """Append an anchor of a later row: when it is due, else if the last one is old."""
        if not anchor.seq or (self._last and anchor.seq <= self._last.seq):
            return
        if is_due or self._last is None or anchor.made_at >= self._last.made_at + _EVERY:
            try:
                append(self.path, anchor)
            except OSError as error:
                _log.warning("no anchor of the audit log was written: %s", error)
            else:
                self._last = anchor


def path(store: Path) -> Path:
    """Where a store's anchors lie: beside it."""
    return store.with_name(store.name + ".anchors")


def append(file: Path, anchor: Anchor) -> None:
    """Add a line, for its owner's eyes only."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as target:
        target.write(f"{anchor}\n")


def read(file: Path) -> list[Anchor]:
    """The anchors of a file, e.g. of a backup.

    Raises:
        AnchorsError: there is no such file, or no anchor in it.
    """
    try:
        found = _parsed(file.read_text("utf-8", errors="replace").splitlines())
    except OSError as error:
        raise AnchorsError(path=str(file)) from error
    if not found:
        raise AnchorsError(path=str(file))
    return found


def of(store: Path) -> list[Anchor]:
    """The anchors beside a store; none before its first write."""
    file = path(store)
    return _parsed(file.read_text("utf-8", errors="replace").splitlines()) if file.exists() else []


def _parsed(lines: Iterable[str]) -> list[Anchor]:
    """What is whole of the lines: a crash may have left half of one."""
    parts = (_LINE.fullmatch(line.strip()) for line in lines)
    return [Anchor(int(p[1]), p[2], datetime.fromisoformat(p[3])) for p in parts if p]

"""Bringing in many rows by a mapping, and taking them back."""

from pathlib import Path

import polars as pl

import data.importing
from data.importing import naming
from data.importing.running import Running
from data.undoing import Undoing
from pages.ui import session
from pages.ui.cache import scope, settings, store


def known() -> naming.Known:
    """What the rows of an import may refer to; nothing in a demo, which an import replaces."""
    if settings().is_demo:
        return naming.Known({}, {})
    return naming.known(lambda record: store().rows(record, scope()))


def start(
    mapping: Path,
    folder: Path,
    source: str,
    *,
    dry_run: bool,
    skip_bad: bool,
    conflicts: pl.DataFrame | None,
    duplicates: pl.DataFrame | None,
) -> Running:
    """Start an import, or a dry run of one; see `data.importing.run`."""
    opened, actor = store(), session.actor()
    return Running(
        lambda progress: data.importing.run(
            mapping,
            folder,
            opened,
            actor=actor,
            dry_run=dry_run,
            skip_bad=skip_bad,
            conflicts=conflicts,
            duplicates=duplicates,
            progress=progress,
            source=source,
        )
    )


def imports() -> pl.DataFrame:
    """Every import that stored something, the last first; see `Store.imports`."""
    return store().imports()


def undoing(number: int) -> Undoing:
    """What taking an import back would do; see `Store.undoing`."""
    return store().undoing(number)


def undo(number: int) -> Undoing:
    """Take an import back; see `data.importing.undo`."""
    return data.importing.undo(store(), number, session.actor())


def mappings() -> dict[str, str]:
    """The mappings that people saved: name -> TOML."""
    return store().mappings()


def save_mapping(name: str, mapping: str) -> None:
    """Keep a mapping under a name."""
    store().save_mapping(name, mapping, session.actor())

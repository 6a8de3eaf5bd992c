"""The list of conflicts as a file that a person fills in and hands back."""

from pathlib import Path

import polars as pl

from data.compare import CHOICES, CONFLICTS
from data.importing import choice_file

WORDS = {"keep": "keep", "take": "take", "保留": "keep", "采用": "take"}


def write(path: Path, conflicts: pl.DataFrame) -> None:
    """Write conflicts (`data.compare.CONFLICTS`) as CSV with a `choice` of keep each."""
    choice_file.write(path, conflicts.select(*CONFLICTS, choice=pl.lit("keep")))


def choices(path: Path) -> pl.DataFrame:
    """What the person chose (`data.compare.CHOICES`); a row without a choice stays undecided.

    Raises:
        ConflictFileError: it cannot be read, lacks a column, or a choice is no choice.
    """
    return choice_file.chosen(path, list(CHOICES)[:3], WORDS).select(list(CHOICES))

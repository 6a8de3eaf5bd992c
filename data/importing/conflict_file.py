"""The list of conflicts as a file that a person fills in and hands back."""

from pathlib import Path

import polars as pl

from data import formulas
from data.compare import CHOICES, CONFLICTS
from data.importing.errors import ConflictFileError, FileError, Problem
from data.importing.files import LINE, read
from data.importing.grammar import FileOptions

WORDS = {"keep": "keep", "take": "take", "保留": "keep", "采用": "take"}


def write(path: Path, conflicts: pl.DataFrame) -> None:
    """Write conflicts (`data.compare.CONFLICTS`) as CSV with BOM and a `choice` of keep each."""
    cells = [formulas.inert(pl.col(name)).alias(name) for name in CONFLICTS]
    table = conflicts.select(*cells, choice=pl.lit("keep"))
    path.write_bytes(("\ufeff" + table.write_csv(line_terminator="\r\n")).encode())


def choices(path: Path) -> pl.DataFrame:
    """What the person chose (`data.compare.CHOICES`); a row without a choice stays undecided.

    Any kind of file that an import reads will do, so a spreadsheet may save it as it likes.

    Raises:
        ConflictFileError: it cannot be read, lacks a column, or a choice is no choice.
    """
    try:
        rows = read(path, FileOptions())
    except FileError as error:
        raise ConflictFileError(path.name, [error.problem]) from error
    absent = [name for name in CHOICES if name not in rows.columns]
    if absent:
        known = {"known": ", ".join(CHOICES)}
        missing = [Problem(path.name, "column_missing", {"column": n, **known}) for n in absent]
        raise ConflictFileError(path.name, missing)
    chosen = rows.drop_nulls("choice").with_columns(pl.col("choice").str.to_lowercase())
    wrong = chosen.filter(~pl.col("choice").is_in(list(WORDS)))
    if wrong.height:
        known = {"known": ", ".join(WORDS)}
        found = [
            Problem(f"{path.name}:{line}", "choice_unknown", {"value": value, **known})
            for line, value in wrong.select(LINE, "choice").iter_rows()
        ]
        raise ConflictFileError(path.name, found)
    return chosen.select(
        *(formulas.bare(pl.col(name)).alias(name) for name in list(CHOICES)[:3]),
        pl.col("choice").replace_strict(WORDS),
    )

"""A list that a person fills in and hands back: a table with a `choice` in each row."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from data import formulas
from data.importing.errors import ConflictFileError, FileError, Problem
from data.importing.files import LINE, read
from data.importing.grammar import FileOptions

CHOICE = "choice"


def write(path: Path, table: pl.DataFrame) -> None:
    """Write a table of text as CSV with BOM."""
    inert = table.select(formulas.inert(pl.col(name)).alias(name) for name in table.columns)
    path.write_bytes(("\ufeff" + inert.write_csv(line_terminator="\r\n")).encode())


def chosen(path: Path, cells: Sequence[str], words: Mapping[str, str]) -> pl.DataFrame:
    """The rows with a choice: `cells` that name them, `choice` as `words` translates it, LINE.

    Any kind of file that an import reads will do, so a spreadsheet may save it as it likes.

    Raises:
        ConflictFileError: it cannot be read, lacks a column, or a choice is no choice.
    """
    try:
        rows = read(path, FileOptions())
    except FileError as error:
        raise ConflictFileError(path.name, [error.problem]) from error
    wanted = [*cells, CHOICE]
    absent = [name for name in wanted if name not in rows.columns]
    if absent:
        known = {"known": ", ".join(wanted)}
        missing = [Problem(path.name, "column_missing", {"column": n, **known}) for n in absent]
        raise ConflictFileError(path.name, missing)
    said = rows.drop_nulls(CHOICE).with_columns(pl.col(CHOICE).str.to_lowercase())
    wrong = said.filter(~pl.col(CHOICE).is_in(list(words)))
    if wrong.height:
        known = {"known": ", ".join(words)}
        found = [
            Problem(f"{path.name}:{line}", "choice_unknown", {"value": value, **known})
            for line, value in wrong.select(LINE, CHOICE).iter_rows()
        ]
        raise ConflictFileError(path.name, found)
    return said.select(
        *(formulas.bare(pl.col(name)).alias(name) for name in cells),
        pl.col(CHOICE).replace_strict(dict(words)),
        LINE,
    )

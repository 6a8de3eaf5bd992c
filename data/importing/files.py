"""The files of one export as all-text frames that remember file and line of every row."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from data.importing import csv_text, limits, sheets
from data.importing.csv_text import EXTRA
from data.importing.errors import FileError, Problem
from data.importing.grammar import FileOptions

FILE, LINE = "__file__", "__line__"  # of each row; a spreadsheet's line is its row
HIDDEN = (FILE, LINE, EXTRA)


class Folder:
    """One folder with an export; each file is read once."""

    def __init__(
        self,
        path: Path,
        options: Mapping[str, FileOptions],
        on_read: Callable[[int], None] | None = None,
    ) -> None:
        """`options` by the name the mapping uses; `on_read` hears how many files are read."""
        self.path = path
        self._options = options
        self._on_read = on_read
        self._read: dict[str, pl.DataFrame] = {}
        self.guessed: dict[str, str] = {}  # encodings by file, where they are a guess

    def has(self, name: str) -> bool:
        """Whether at least one file answers to `name`."""
        return bool(found(self.path, name))

    def table(self, name: str) -> pl.DataFrame:
        """All rows of the files that `name` (a name or a pattern such as `visits-*.csv`) means.

        Text columns named by the header, trimmed; empty cells are null, blank lines left out.
        FILE, LINE say where a row stands, EXTRA is a cell beyond the last column.

        Raises:
            FileError: no such file, or it cannot be read.
        """
        if name not in self._read:
            paths = found(self.path, name)
            if not paths:
                raise FileError(Problem(name, "file_missing", {"folder": str(self.path)}))
            options = self._options.get(name, FileOptions())
            parts = [_table(path, options) for path in paths]
            self._read[name] = pl.concat([part.rows for part in parts], how="diagonal")
            self.guessed |= {part.file: part.guessed for part in parts if part.guessed}
            if self._on_read:
                self._on_read(len(self._read))
        return self._read[name]

    def rows(self) -> dict[str, int]:
        """Rows of each file read so far."""
        return {name: table.height for name, table in self._read.items()}


def found(folder: Path, name: str) -> list[Path]:
    """The files that `name` means; capitals matter only where files differ by them alone."""
    if (folder / name).is_file():
        return [folder / name]
    if not folder.is_dir():
        return []
    alike = [path for path in folder.iterdir() if path.name.lower() == name.lower()]
    return alike or sorted(path for path in folder.glob(name) if path.is_file())


def read(path: Path, options: FileOptions) -> pl.DataFrame:
    """One file as `Folder.table` describes it.

    Raises:
        FileError: it is missing, of no known kind, or damaged.
    """
    return _table(path, options).rows


class _Table(NamedTuple):
    file: str
    rows: pl.DataFrame
    guessed: str | None


def _table(path: Path, options: FileOptions) -> _Table:
    guessed = None
    try:
        limits.check_file(path)
        if path.suffix.lower() in sheets.EXTENSIONS:
            header, rows, lines = _sheet(path, options)
        else:
            header, rows, lines, guessed = csv_text.read(path.read_bytes(), path.name, options)
    except OSError as error:
        reason = {"message": error.strerror or str(error)}
        raise FileError(Problem(path.name, "file_unreadable", reason)) from error
    return _Table(path.name, _trimmed(rows, header, path.name, lines), guessed)


def _sheet(path: Path, options: FileOptions) -> tuple[list[str], pl.DataFrame, pl.Series]:
    header, rows = sheets.read(path, options.sheet)
    if header is not None:
        return header, rows, _count_from(1, rows)
    if rows.height < options.header_line:
        raise FileError(Problem(path.name, "file_empty"))
    header = [cell or "" for cell in rows.row(options.header_line - 1)]
    rows = rows[options.header_line :]
    return header, rows, _count_from(options.header_line + 1, rows)


def _count_from(first: int, rows: pl.DataFrame) -> pl.Series:
    return pl.int_range(first, first + rows.height, eager=True)


def _trimmed(rows: pl.DataFrame, header: list[str], file: str, lines: pl.Series) -> pl.DataFrame:
    """Cells without outer blanks and null where nothing is left; blank rows out; numbered."""
    names = dict(zip(map(str, range(len(header))), _distinct(header), strict=True))
    if EXTRA not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(EXTRA))
    cells = pl.all().str.strip_chars()
    return (
        rows.select(pl.when(cells != "").then(cells))
        .rename(names)
        .with_columns(lines.alias(LINE), pl.lit(file).alias(FILE))
        .filter(pl.any_horizontal(pl.exclude(FILE, LINE).is_not_null()))
    )


def _distinct(header: list[str]) -> list[str]:
    """Header words, each once: a repeated `ID` is `ID#2`, a nameless third column `#3`."""
    seen: Counter[str] = Counter()
    names = []
    for number, cell in enumerate(header, start=1):
        word = " ".join(cell.split()) or f"#{number}"
        seen[word] += 1
        names.append(word if seen[word] == 1 else f"{word}#{seen[word]}")
    return names

"""Spreadsheets and Parquet files as frames of text cells, each opened in a process of its own.

Their formats are intricate enough that a damaged or crafted file can end the process that
reads it, or have it ask for all memory there is; here that ends the reading and nothing else.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import polars as pl
from pydantic import BaseModel

from data.importing import limits
from data.importing.errors import FileError, Problem
from data.importing.sheet_reader import Order

EXTENSIONS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet")
_READER = Path(__file__).with_name("sheet_reader.py")


class Sheet(NamedTuple):
    """What a file holds."""

    header: list[str] | None  # None where it is among the rows
    rows: pl.DataFrame  # columns "0", "1", ... of texts


class _Answer(BaseModel):
    """What the reading process says."""

    rows: int = 0
    columns: int = 0
    header: list[str] | None = None
    sheets: list[str] | None = None  # those there are, where the wanted one is not


def read(path: Path, sheet: str | None) -> Sheet:
    """All cells of one sheet, or of a Parquet file.

    Raises:
        FileError: there is no such sheet, the file is damaged, or it holds too much.
    """
    with tempfile.TemporaryDirectory(prefix="yeji-") as folder:
        target = Path(folder) / "cells.arrow"
        answer = _answer(path, sheet, target)
        if answer.sheets is not None:
            known = {"sheet": str(sheet), "known": ", ".join(answer.sheets)}
            raise FileError(Problem(path.name, "sheet_missing", known))
        limits.check_table(path.name, answer.rows, answer.columns)
        return Sheet(answer.header, pl.read_ipc(target.read_bytes()))


def _answer(path: Path, sheet: str | None, target: Path) -> _Answer:
    order: Order = {
        "path": str(path.resolve()),
        "sheet": sheet,
        "target": str(target),
        "memory": limits.MOST_MEMORY,
        "rows": limits.MOST_ROWS,
        "columns": limits.MOST_COLUMNS,
        "cells": limits.MOST_CELLS,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_READER)],
            input=json.dumps(order),
            encoding="utf-8",
            capture_output=True,
            timeout=limits.MOST_SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise FileError(Problem(path.name, "file_damaged")) from error
    return _Answer.model_validate_json(done.stdout)

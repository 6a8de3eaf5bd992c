"""Exports that tests write: a folder of files, a mapping, an import."""

from pathlib import Path
from textwrap import dedent

import polars as pl

from data import importing
from data.importing import ImportResult
from data.store import Store
from tests.actors import by

PERSON = "assistant"
BASE = """
    [[stage]]
    rows = [
      { id = "lead", position = 1, kind = "open", name_en = "Lead", name_zh = "线索" },
      { id = "won", position = 2, kind = "won", name_en = "Won", name_zh = "赢单" },
      { id = "lost", position = 3, kind = "lost", name_en = "Lost", name_zh = "输单" },
    ]

    [[rep]]
    rows = [{ id = "R1", name = "Li" }, { id = "R2", name = "Wu" }]
"""
CUSTOMERS = """
    [[customer]]
    file = "customers.csv"
    columns = { id = "id", name = "name" }
"""
DEALS = """
    [[deal]]
    file = "deals.csv"
    columns = { id = "id", customer_id = "customer", rep_id = "rep", amount = "amount" }
"""


class Export:
    """A folder with one export and its mapping, imported into one store."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.mapping: Path | str = folder / "test.toml"
        folder.mkdir(exist_ok=True)

    def says(self, *parts: str) -> "Export":
        """The mapping; parts of it one after the other."""
        text = "\n".join(dedent(part) for part in parts)
        (self.folder / "test.toml").write_text(text, encoding="utf-8")
        return self

    def has(self, name: str, content: str | bytes) -> "Export":
        """A file of the folder; an indented text is dedented."""
        if isinstance(content, str):
            content = dedent(content).lstrip("\n").encode()
        (self.folder / name).write_bytes(content)
        return self

    def run(self, **options: object) -> ImportResult:
        return importing.run(self.mapping, self.folder, self.store, actor=by(PERSON), **options)


def refused(result: ImportResult) -> list[tuple]:
    """File, line, column, value and code of each reject."""
    return result.rejects.select("file", "line", "column", "value", "code").rows()


def counted(result: ImportResult, record: str) -> tuple:
    """New, changed, unchanged, refused rows of one record."""
    row = result.counts.row(by_predicate=pl.col("record") == record, named=True)
    return row["new"], row["changed"], row["unchanged"], row["refused"]

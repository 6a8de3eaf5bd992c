"""What an import did, in words: for the terminal, for the rejects file, for a screen."""

from collections.abc import Mapping

import polars as pl

from data.importing.errors import ImportRefusedError
from data.importing.filled import REJECTS
from data.importing.result import ImportResult
from data.records import RECORDS
from pages.ui import export, i18n, terminal

_SHOWN = 20  # the file has them all
_PLACE = ("file", "line", "column", "value")


def summary(result: ImportResult, language: str) -> list[str]:
    """What was read and what became of it, a line per record, then what a person must know."""
    lines = [_outcome(result, language)]
    for row in result.counts.iter_rows(named=True):
        name = RECORDS[row["record"]].WORDS(language)
        counts = [
            i18n.text(language, f"import.{what}", count=f"{row[what]:,}")
            for what in ("new", "changed", "unchanged", "refused", "left_out")
            if row[what] or (what == "new" and row[what] is not None)
        ]
        lines.append(f"  {name}: {i18n.text(language, 'common.sep').join(counts)}")
    if result.replaces_demo:
        lines.append(i18n.text(language, "import.demo_gone"))
    for name, value in result.settings.items() if result.stored else ():
        lines.append(i18n.text(language, "import.setting", name=name, value=terminal.plain(value)))
    return lines


def _outcome(result: ImportResult, language: str) -> str:
    rows = f"{sum(result.files.values()):,}"
    state = "stored" if result.stored else "tried" if result.dry_run else "not_stored"
    return i18n.text(language, f"import.{state}", rows=rows, files=len(result.files))


def problems(rows: pl.DataFrame, language: str) -> list[str]:
    """The first rejects or notices, each with its place, value and reason.

    What comes from a file cannot steer the terminal.
    """
    shown = [
        _problem(row, language)
        for row in _reasoned(rows.head(_SHOWN), language).iter_rows(named=True)
    ]
    more = rows.height - _SHOWN
    return shown if more <= 0 else [*shown, i18n.text(language, "import.more", count=f"{more:,}")]


def _problem(row: Mapping[str, object], language: str) -> str:
    key = "import.problem_of_file" if row["line"] is None else "import.problem"
    return i18n.text(language, key, **{n: terminal.plain(value) for n, value in row.items()})


def rejects_csv(rejects: pl.DataFrame, language: str) -> bytes:
    """Every refused cell: record, file, line, column, value, reason; as a spreadsheet opens it."""
    words = {name: record.WORDS(language) for name, record in RECORDS.items()}
    rows = _reasoned(rejects, language).with_columns(pl.col("record").replace(words))
    heads = {name: i18n.text(language, f"import.head_{name}") for name in rows.columns}
    table = export.inert(rows).rename(heads)
    return ("\ufeff" + table.write_csv(line_terminator="\r\n")).encode()


def refusal(error: ImportRefusedError, language: str) -> list[str]:
    """Why the import cannot begin: one sentence, then everything to mend."""
    found = [
        (problem.place, i18n.text(language, f"errors.{problem.code}", **problem.values))
        for problem in error.problems
    ]
    lines = [f"  {terminal.plain(place)}: {terminal.plain(words)}" for place, words in found]
    return [i18n.sentence(language, error), *lines]


def _reasoned(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    """Rejects with the reason as a sentence instead of its code."""
    cells = rows.select("code", "value", "limit").iter_rows()
    reasons = [i18n.text(language, f"errors.{c}", value=v, limit=limit) for c, v, limit in cells]
    assert rows.columns == list(REJECTS)
    return rows.select("record", *_PLACE).with_columns(reason=pl.Series(reasons, dtype=pl.String))

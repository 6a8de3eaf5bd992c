"""What an import did, in words: for the terminal, for the rejects file, for a screen."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from data.errors import UndoRefusedError
from data.importing.errors import ImportRefusedError, Problem
from data.importing.filled import REJECTS
from data.importing.result import ImportResult
from data.records import RECORDS
from data.undoing import Undoing
from pages.ui import export, i18n, terminal
from pages.ui import format as fmt

_SHOWN = 20  # the file has them all
_COUNTED = ("new", "changed", "unchanged", "refused", "left_out")
_PLACE = ("file", "line", "column", "value")


def summary(result: ImportResult, language: str) -> list[str]:
    """What was read and what became of it, a line per record, then what a person must know."""
    lines = [_outcome(result, language)]
    for row in result.counts.iter_rows(named=True):
        name = RECORDS[row["record"]].WORDS(language)
        shown = {what: row[what] for what in _COUNTED if row[what]}
        if row["new"] is not None:
            shown = {"new": row["new"], **shown}
        lines.append(f"  {name}: {_counted(shown, language)}")
    if result.replaces_demo:
        lines.append(i18n.text(language, "import.demo_gone"))
    if result.number:
        lines.append(i18n.text(language, "import.number", number=result.number))
    for name, value in result.settings.items() if result.stored else ():
        lines.append(i18n.text(language, "import.setting", name=name, value=terminal.plain(value)))
    return lines


def _counted(counts: Mapping[str, int], language: str) -> str:
    """12 new, 3 changed."""
    parts = (i18n.text(language, f"import.{n}", count=f"{v:,}") for n, v in counts.items())
    return i18n.text(language, "common.sep").join(parts)


def history(imports: pl.DataFrame, language: str, zone: ZoneInfo) -> list[str]:
    """The imports (`import_log.IMPORTS`), a line each."""
    if imports.is_empty():
        return [i18n.text(language, "import.none_yet")]
    return [_one(row, language, zone) for row in imports.iter_rows(named=True)]


def _one(row: Mapping[str, object], language: str, zone: ZoneInfo) -> str:
    def at(moment: object) -> str:
        assert isinstance(moment, datetime)
        return fmt.moment(moment.replace(tzinfo=UTC).astimezone(zone), language)

    said = {name: terminal.plain(row[name]) for name in ("number", "person", "source")}
    counts = brought(str(row["counts"]), language)
    line = i18n.text(language, "import.one", **said, moment=at(row["imported_at"]), counts=counts)
    if row["undone_at"] is None:
        return line
    who = terminal.plain(row["undone_by"])
    return i18n.text(
        language, "import.one_undone", line=line, moment=at(row["undone_at"]), person=who
    )


def brought(counts: str, language: str) -> str:
    """What an import in the list brought: Customer 12 new, 3 changed; Visit 8 new."""
    told = [
        f"{RECORDS[name].WORDS(language)} {_counted(shown, language)}"
        for name, count in json.loads(counts).items()
        if (shown := {what: count[what] for what in ("new", "changed") if count[what]})
    ]
    return i18n.text(language, "common.sep").join(told)


def undone(undoing: Undoing, language: str) -> list[str]:
    """What was taken back, a line per record."""
    lines = [i18n.text(language, "import.undone", number=undoing.number)]
    lines += [f"  {name}: {counts}" for name, counts in taken_back(undoing, language)]
    if undoing.replaced_demo:
        lines.append(i18n.text(language, "import.undone_demo"))
    return lines


def taken_back(undoing: Undoing, language: str) -> Iterator[tuple[str, str]]:
    """Each record with what undoing an import does to it: 12 removed, 3 restored."""
    for name, record in RECORDS.items():
        counts = {
            "removed": undoing.removed.get(name, 0),
            "restored": undoing.restored.get(name, 0),
        }
        if shown := {what: count for what, count in counts.items() if count}:
            yield record.WORDS(language), _counted(shown, language)


def undo_refusal(error: UndoRefusedError, language: str) -> list[str]:
    """Why an import cannot be taken back: one sentence, then the rows in the way."""
    shown = [
        i18n.text(
            language,
            "import.block",
            kind=RECORDS[row["record"]].WORDS(language),
            id=terminal.plain(row["id"]),
            reason=block(row, language),
        )
        for row in error.blocks.head(_SHOWN).iter_rows(named=True)
    ]
    more = error.blocks.height - _SHOWN
    rest = [i18n.text(language, "import.more", count=f"{more:,}")] if more > 0 else []
    return [i18n.sentence(language, error), *shown, *rest]


def block(row: Mapping[str, object], language: str) -> str:
    """Why one row (`undoing.BLOCKS`) is in the way."""
    other = row["other_record"]
    kind = RECORDS[str(other)].WORDS(language) if other else ""
    reference = terminal.plain(row["other_id"])
    return i18n.text(language, f"import.{row['code']}", kind=kind, other=reference)


def _outcome(result: ImportResult, language: str) -> str:
    rows = f"{sum(result.files.values()):,}"
    stopped = "undecided" if result.rejects.is_empty() else "not_stored"
    state = "stored" if result.stored else "tried" if result.dry_run else stopped
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


def duplicates(found: pl.DataFrame, language: str) -> list[str]:
    """The first new customers that look like stored ones, each with why."""
    words = i18n.section(language, "alike")
    lines = []
    for row in found.head(_SHOWN).iter_rows(named=True):
        told = {name: terminal.plain(row[name]) for name in ("name", "stored_name")}
        owner = terminal.plain(row["owner"] or words["no_owner"])
        reasons = i18n.text(language, "common.sep").join(words[r] for r in row["reasons"])
        lines.append(
            i18n.text(
                language,
                "import.duplicate",
                **told,
                owner=owner,
                level=words[row["level"]],
                reasons=reasons,
            )
        )
    more = found.height - _SHOWN
    return lines if more <= 0 else [*lines, i18n.text(language, "import.more", count=f"{more:,}")]


def rejects_csv(rejects: pl.DataFrame, language: str) -> bytes:
    """Every refused cell: record, file, line, column, value, reason; as a spreadsheet opens it."""
    rows = rejects_table(rejects, language)
    heads = {name: i18n.text(language, f"import.head_{name}") for name in rows.columns}
    table = export.inert(rows).rename(heads)
    return ("\ufeff" + table.write_csv(line_terminator="\r\n")).encode()


def rejects_table(rejects: pl.DataFrame, language: str) -> pl.DataFrame:
    """Refused cells with words for records, fields without a column, and reasons."""
    words = {name: record.WORDS(language) for name, record in RECORDS.items()}
    columns = {
        (name, field.name): field.about.words(language)
        for name, record in RECORDS.items()
        for field in record.fields()
    }
    shown = [columns.get(pair, pair[1]) for pair in rejects.select("record", "column").iter_rows()]
    return _reasoned(rejects, language).with_columns(
        pl.col("record").replace(words), column=pl.Series(shown, dtype=pl.String)
    )


def refusal(error: ImportRefusedError, language: str) -> list[str]:
    """Why the import cannot begin: one sentence, then everything to mend."""
    lines = [f"  {problem_words(problem, language)}" for problem in error.problems]
    return [i18n.sentence(language, error), *lines]


def problem_words(problem: Problem, language: str) -> str:
    """One thing to mend, after the place where it stands."""
    words = i18n.text(language, f"errors.{problem.code}", **problem.values)
    return f"{terminal.plain(problem.place)}: {terminal.plain(words)}"


def _reasoned(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    """Rejects with the reason as a sentence instead of its code."""
    cells = rows.select("code", "value", "limit").iter_rows()
    reasons = [i18n.text(language, f"errors.{c}", value=v, limit=limit) for c, v, limit in cells]
    assert rows.columns == list(REJECTS)
    return rows.select("record", *_PLACE).with_columns(reason=pl.Series(reasons, dtype=pl.String))

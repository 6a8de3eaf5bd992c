"""The draft of an import on the screen: its files, what was chosen, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from data.importing import choice, draft, files, fitting, naming, recognise, uploads
from data.importing.choice import Choice, Files
from data.importing.errors import FileError, Problem
from data.importing.grammar import FileOptions
from data.importing.mapping import SECTIONS
from data.importing.naming import Known
from data.importing.running import Running
from pages.ui import bulk, cache, session

STEPS = ("files", "columns", "check", "done")
KEY = "importing"
_DRAFT = f"{KEY}.draft"


@dataclass(frozen=True)
class Draft:
    """An import in the making; every change makes another one."""

    folder: Path
    step: str = STEPS[0]
    files: Files = field(default_factory=lambda: Files({}))
    chosen: tuple[Choice, ...] = ()
    known: Known = field(default_factory=lambda: Known({}, {}))
    adds: frozenset[str] = frozenset()  # records that unknown names become
    fits: dict[str, fitting.Said] = field(default_factory=dict)  # mappings that fit as they are
    used: str | None = None  # the one that is used, instead of the columns
    trial: Running | None = None
    skips_bad: bool = False
    conflicts: pl.DataFrame | None = None  # data.compare.CHOICES
    duplicates: pl.DataFrame | None = None  # data.importing.lookalikes.CHOICES
    final: Running | None = None

    @property
    def said(self) -> fitting.Said:
        """The mapping document, as it is now."""
        if self.used is not None:
            return self.fits[self.used]
        return draft.mapping(self.chosen, self.files, self.known, self.adds)

    @property
    def source(self) -> str:
        """What the list of imports says of it: the files that it reads."""
        read = [part.file for part in self.chosen if part.record or self.used]
        first = ", ".join(read[:2])
        return f"{first} +{len(read) - 2}" if len(read) > 2 else first


def current() -> Draft | None:
    """The draft of this session."""
    kept: Draft | None = session.recall(_DRAFT)
    return kept


def keep(changed: Draft) -> None:
    """Go on with this draft."""
    session.keep(_DRAFT, changed)


def change(part: Choice) -> None:
    """Replace what was chosen for a file; what was tried before counts no more."""
    now = current()
    assert now
    chosen = tuple(part if part.file == p.file else p for p in now.chosen)
    keep(replace(now, chosen=chosen, trial=None))


def go(step: str) -> None:
    """Go to another step; nothing that was entered is lost."""
    now = current()
    assert now
    keep(replace(now, step=step))


def forget() -> None:
    """Throw the draft and its files away."""
    now = current()
    if now:
        uploads.remove(now.folder)
    session.forget(_DRAFT)


def add(uploaded: Sequence[tuple[str, bytes]]) -> list[Problem]:
    """Take uploaded files into the draft; what could not be read is told and left out."""
    now = current() or Draft(uploads.new_folder())
    tables, problems = dict(now.files.tables), list[Problem]()
    for name, content in uploaded:
        try:
            kept = uploads.keep(now.folder, name, content)
            tables[kept] = files.read(now.folder / kept, FileOptions())
        except FileError as error:
            problems.append(error.problem)
            (now.folder / error.problem.place).unlink(missing_ok=True)
    keep(_recognised(now, tables))
    return problems


def drop(file: str) -> None:
    """Take a file out of the draft."""
    now = current()
    assert now
    (now.folder / file).unlink(missing_ok=True)
    tables = {name: rows for name, rows in now.files.tables.items() if name != file}
    keep(_recognised(now, tables))


def _recognised(now: Draft, tables: dict[str, pl.DataFrame]) -> Draft:
    """The draft with these files; what a person chose for those that stay is kept."""
    before = {part.file: part for part in now.chosen}
    chosen = tuple(
        before.get(sheet.file) or choice.of_sheet(sheet, tables[sheet.file])
        for sheet in recognise.recognise(tables)
    )
    parts, known = Files(tables), bulk.known()
    names = fitting.documents(bulk.mappings())
    fits = dict(fitting.fitting(names, now.folder, tables)) if tables else {}
    adds = {name for name in naming.strangers(chosen, parts, known) if may_add(name)}
    if known.ids.get("rep"):  # a person is added by hand, unless there is nobody yet
        adds.discard("rep")
    return replace(
        now,
        files=parts,
        chosen=chosen,
        known=known,
        fits=fits,
        used=next(iter(fits), None),
        adds=frozenset(adds),
        trial=None,
    )


def may_add(record: str) -> bool:
    """The person may make new rows of a record, given by its section."""
    return SECTIONS[record].__name__ in cache.rights().writes


def written(now: Draft) -> Path:
    """The mapping as the file that the import reads, beside the draft's files."""
    path = now.folder / uploads.MAPPING
    path.write_text(draft.text(now.said), encoding="utf-8")
    return path


def start_trial(now: Draft) -> Draft:
    """The draft with a dry run under way."""
    return replace(now, trial=_running(now, dry_run=True, skip_bad=False))


def start(now: Draft) -> Draft:
    """The draft with its import under way."""
    final = _running(now, dry_run=False, skip_bad=now.skips_bad)
    return replace(now, final=final, step="done")


def _running(now: Draft, *, dry_run: bool, skip_bad: bool) -> Running:
    return bulk.start(
        written(now),
        now.folder,
        now.source,
        dry_run=dry_run,
        skip_bad=skip_bad,
        conflicts=now.conflicts,
        duplicates=now.duplicates,
    )

"""A whole import: read, check, and bring in as one transaction, or say why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path

import polars as pl

from data.actor import Actor
from data.columns import schema
from data.importing import conflict_file, lookalikes, result, template
from data.importing import mapping as mappings
from data.importing.batches import batch
from data.importing.errors import MappingError, Problem
from data.importing.feeds import read as read_feed
from data.importing.files import Folder, found
from data.importing.filled import REJECTS
from data.importing.grammar import Mapping
from data.importing.needs import plans
from data.importing.references import HOLDERS, Batches, refuse_dependants, refuse_unknown
from data.importing.result import ImportResult
from data.importing.values import Reading
from data.records import Customer, Record
from data.settings import Settings
from data.store import LoadResult, Store

_FIRST = 20  # rows of each record that a preview shows
Progress = Callable[[str, int, int], None]  # step (read, check, store), done, of how many


def run(
    mapping: str | Path,
    folder: Path,
    store: Store,
    *,
    actor: Actor,
    dry_run: bool = False,
    skip_bad: bool = False,
    conflicts: Path | pl.DataFrame | None = None,
    duplicates: Path | pl.DataFrame | None = None,
    as_of: date | None = None,
    progress: Progress | None = None,
    source: str | None = None,
) -> ImportResult:
    """Import a folder by a mapping: a TOML file, the name of a shipped or saved one, or `yeji`.

    All or nothing: with a refused row nothing is stored, unless `skip_bad` leaves out the
    refused rows and every row that cannot stand without them. `conflicts` is the list of an
    earlier import with the person's choices, or they themselves; `duplicates` is the same for new
    customers that look like stored ones, and without a choice for each nothing is stored.
    `as_of` becomes the day that counts as today, for a history that has ended; without it that
    setting stays as it is. `source` is what the list of imports says, otherwise the mapping and
    the folder. A dry run compares what could be stored and keeps nothing. A store with the demo
    department is emptied first.

    Raises:
        MappingError: the mapping or its files cannot be used; everything wrong is listed.
        ConflictFileError: the choices cannot be used.
    """
    wanted = named(mapping, store.mappings())
    job = _Job(
        wanted=wanted,
        settings=wanted.settings | ({"as_of": as_of} if as_of else {}),
        folder=folder,
        store=store,
        before=store.settings(),
        actor=actor,
        dry_run=dry_run,
        skip_bad=skip_bad,
        choices=_choices(conflicts),
        duplicates=_decisions(duplicates),
        source=source or f"{wanted.name}: {folder.name}",
        tell=progress or _nobody,
    )
    read, batches = _checked(job)
    found = _lookalikes(job, batches)
    loaded = _loaded(job, batches) if dry_run or found.is_empty() else None
    return ImportResult(
        mapping=job.wanted.name,
        stored=loaded is not None and not dry_run,
        dry_run=dry_run,
        files=read.rows(),
        counts=result.counts(batches, loaded),
        rejects=result.told([part.rejects for part in batches.values()]),
        notices=result.told([_guesses(read), *(part.notices for part in batches.values())]),
        conflicts=result.conflicts(loaded),
        duplicates=found,
        replaces_demo=job.before.is_demo and loaded is not None,
        settings=_changed_settings(job),
        first={name: part.accepted().head(_FIRST) for name, part in batches.items()},
        number=loaded.number if loaded else None,
    )


@dataclass(frozen=True)
class _Job:
    """One import under way."""

    wanted: Mapping
    settings: dict[str, object]  # what it says of the department
    folder: Path
    store: Store
    before: Settings
    actor: Actor
    dry_run: bool
    skip_bad: bool
    choices: pl.DataFrame | None
    source: str
    duplicates: pl.DataFrame | None
    tell: Progress

    def unknown(self, record: type[Record], ids: pl.Series) -> pl.Series:
        """Which ids the store has no row for: all of them where it is emptied first."""
        if self.before.is_demo or ids.is_empty():
            return ids
        return self.store.unknown_references(*HOLDERS[record], ids)


def _choices(conflicts: Path | pl.DataFrame | None) -> pl.DataFrame | None:
    return conflict_file.choices(conflicts) if isinstance(conflicts, Path) else conflicts


def _decisions(duplicates: Path | pl.DataFrame | None) -> pl.DataFrame | None:
    return lookalikes.choices(duplicates) if isinstance(duplicates, Path) else duplicates


def named(mapping: str | Path, saved: dict[str, str]) -> Mapping:
    """The mapping in a TOML file, the shipped or saved one of this name, or the template's.

    `saved` has the TOML of each name that people saved.

    Raises:
        MappingError: there is none, or it cannot be used.
    """
    shipped = {path.stem: path for path in sorted(mappings.SHIPPED.glob("*.toml"))}
    if str(mapping) == template.NAME:
        return template.mapping()
    if str(mapping) in shipped:
        return mappings.load(shipped[str(mapping)])
    if str(mapping) in saved:
        return mappings.loads(saved[str(mapping)].encode(), str(mapping))
    if Path(mapping).is_file():
        return mappings.load(Path(mapping))
    known = {"known": ", ".join([template.NAME, *shipped, *saved])}
    raise MappingError(str(mapping), [Problem(str(mapping), "mapping_not_found", known)])


def _checked(job: _Job) -> tuple[Folder, Batches]:
    """The files that were read, and every record's rows with all refusals."""
    files = sum(bool(found(job.folder, name)) for name in job.wanted.files())
    source = Folder(job.folder, job.wanted.options, lambda done: job.tell("read", done, files))
    batches = refuse_unknown(_batches(job, source), job.unknown)
    if job.skip_bad:
        batches = refuse_dependants(batches, job.unknown)
    return source, batches


def _lookalikes(job: _Job, batches: Batches) -> pl.DataFrame:
    """New customers that look like stored ones and that nobody has decided about yet."""
    if job.before.is_demo:  # it makes way
        return pl.DataFrame(schema=lookalikes.LOOKALIKES)
    unknown = partial(job.unknown, Customer)
    found = lookalikes.lookalikes(batches, job.store.parties, unknown)
    return lookalikes.undecided(found, job.duplicates)


def _guesses(source: Folder) -> pl.DataFrame:
    """A notice for each file whose encoding is a guess (REJECTS)."""
    told = [
        {"file": file, "value": encoding, "code": "encoding_guessed"}
        for file, encoding in sorted(source.guessed.items())
    ]
    return pl.DataFrame(told, schema=REJECTS)


def _batches(job: _Job, source: Folder) -> Batches:
    """Every record's rows, read and checked, in an order in which references come first."""
    wanted = job.wanted
    ready = plans(wanted, source)
    reading = Reading(
        folder=source,
        zone=str(job.settings.get("timezone", job.before.timezone)),
        empty=wanted.empty,
        dates=wanted.dates,
        decimal=wanted.decimal,
        thousands=wanted.thousands,
    )
    batches: Batches = {}
    records = len({plan.record for plan in ready})
    for record, group in groupby(ready, key=lambda plan: plan.record):
        feeds = list(group)
        batches[record.__name__] = batch(feeds, [read_feed(p, wanted.name, reading) for p in feeds])
        job.tell("check", len(batches), records)
    return batches


def _loaded(job: _Job, batches: Batches) -> LoadResult | None:
    """What the store made of the accepted rows; None where a refused row stops the import.

    A dry run compares the rows that could go in even so.
    """
    is_stopped = not job.skip_bad and any(part.refused.any() for part in batches.values())
    if is_stopped and not job.dry_run:
        return None
    if is_stopped:
        batches = refuse_dependants(batches, job.unknown)
    return job.store.load(
        {name: _rows(part.record, part.accepted()) for name, part in batches.items()},
        actor=job.actor,
        origin="import",
        source=job.source,
        conflicts=job.choices,
        same=lookalikes.same(job.duplicates),
        replace_demo=job.before.is_demo,
        settings=_said(job),
        progress=_storing(batches, job.tell),
        dry_run=job.dry_run,
    )


def _rows(record: type[Record], accepted: pl.DataFrame) -> pl.DataFrame:
    columns = schema(record)
    return accepted.select(pl.col(name).cast(columns[name]) for name in accepted.columns)


def _storing(batches: Batches, tell: Progress) -> Progress:
    """Progress of the store told as rows of the whole import."""
    heights = {name: int((~part.refused).sum()) for name, part in batches.items()}
    before = {name: sum(list(heights.values())[:at]) for at, name in enumerate(heights)}

    def stored(record: str, done: int, _: int) -> None:
        tell("store", before[record] + done, sum(heights.values()))

    return stored


def _said(job: _Job) -> dict[str, object]:
    """The settings of the import in their types."""
    said = Settings.model_validate(job.settings)
    return {name: getattr(said, name) for name in job.settings}


def _changed_settings(job: _Job) -> dict[str, object]:
    return {n: value for n, value in _said(job).items() if value != getattr(job.before, n)}


def _nobody(step: str, done: int, total: int) -> None:
    """Nobody watches."""

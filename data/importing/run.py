"""A whole import: read, check, and bring in as one transaction, or say why not."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import polars as pl

from data.columns import schema
from data.importing import conflict_file, result, template
from data.importing import mapping as mappings
from data.importing.batches import batch
from data.importing.errors import MappingError, Problem
from data.importing.feeds import read
from data.importing.files import Folder, found
from data.importing.grammar import Mapping
from data.importing.needs import plans
from data.importing.references import HOLDERS, Batches, Unknown, refuse_dependants, refuse_unknown
from data.importing.result import ImportResult
from data.importing.values import Reading
from data.records import Record
from data.settings import Settings
from data.store import LoadResult, Store

Progress = Callable[[str, int, int], None]  # step (read, fill, check, store), done, of how many


def run(
    mapping: str | Path,
    folder: Path,
    store: Store,
    *,
    person: str,
    dry_run: bool = False,
    skip_bad: bool = False,
    conflicts: Path | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import a folder by a mapping: a TOML file, the name of a shipped one, or `yeji`.

    All or nothing: with a refused row nothing is stored, unless `skip_bad` leaves out the
    refused rows and every row that cannot stand without them. `conflicts` is the list of an
    earlier import with the person's choices. A dry run compares what could be stored and
    keeps nothing. A store with the demo department is emptied first.

    Raises:
        MappingError: the mapping or its files cannot be used; everything wrong is listed.
        ConflictFileError: the choices cannot be used.
    """
    wanted = named(mapping)
    choices = conflict_file.choices(conflicts) if conflicts else None
    before = store.settings()
    tell = progress or _nobody
    files = sum(bool(found(folder, name)) for name in wanted.files())
    source = Folder(folder, wanted.options, lambda done: tell("read", done, files))
    unknown = _unknown(store, is_empty=before.is_demo)
    whole = refuse_unknown(_batches(wanted, source, before, tell), unknown)
    sound = refuse_dependants(whole, unknown) if skip_bad or dry_run else whole
    is_clean = not any(part.refused.any() for part in whole.values())

    def load() -> LoadResult:
        return store.load(
            {name: _rows(part.record, part.accepted()) for name, part in sound.items()},
            person=person,
            origin="import",
            source=f"{wanted.name}: {folder.name}",
            conflicts=choices,
            replace_demo=before.is_demo,
            progress=_storing(sound, tell),
            dry_run=dry_run,
        )

    loaded = load() if is_clean or skip_bad or dry_run else None
    is_stored = loaded is not None and not dry_run
    changes = _changed_settings(wanted, before)
    if is_stored and changes:
        store.save_settings(changes, person)
    listed = sound if skip_bad else whole
    return ImportResult(
        mapping=wanted.name,
        stored=is_stored,
        dry_run=dry_run,
        files=source.rows(),
        counts=result.counts(listed, loaded),
        rejects=result.told([part.rejects for part in listed.values()]),
        notices=result.told([part.notices for part in listed.values()]),
        conflicts=result.conflicts(loaded),
        replaces_demo=before.is_demo and loaded is not None,
        settings=changes,
    )


def named(mapping: str | Path) -> Mapping:
    """The mapping in a TOML file, the shipped one of this name, or the template's.

    Raises:
        MappingError: there is none, or it cannot be used.
    """
    shipped = {path.stem: path for path in sorted(mappings.SHIPPED.glob("*.toml"))}
    if str(mapping) == template.NAME:
        return template.mapping()
    if str(mapping) in shipped:
        return mappings.load(shipped[str(mapping)])
    if Path(mapping).is_file():
        return mappings.load(Path(mapping))
    known = {"known": ", ".join([template.NAME, *shipped])}
    raise MappingError(str(mapping), [Problem(str(mapping), "mapping_not_found", known)])


def _batches(wanted: Mapping, source: Folder, settings: Settings, tell: Progress) -> Batches:
    """Every record's rows, read and checked, in an order in which references come first."""
    ready = plans(wanted, source)
    reading = Reading(
        folder=source,
        zone=str(wanted.settings.get("timezone", settings.timezone)),
        empty=wanted.empty,
        dates=wanted.dates,
        decimal=wanted.decimal,
        thousands=wanted.thousands,
    )
    batches: Batches = {}
    for record, group in groupby(ready, key=lambda plan: plan.record):
        feeds = list(group)
        tell("fill", len(batches), len(wanted.feeds))
        batches[record.__name__] = batch(feeds, [read(p, wanted.name, reading) for p in feeds])
    return batches


def _unknown(store: Store, *, is_empty: bool) -> Unknown:
    """Which ids the store has no row for: all of them where it is emptied first."""

    def unknown(record: type[Record], ids: pl.Series) -> pl.Series:
        if is_empty or ids.is_empty():
            return ids
        return store.unknown_references(*HOLDERS[record], ids)

    return unknown


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


def _changed_settings(wanted: Mapping, before: Settings) -> dict[str, object]:
    said = Settings.model_validate(wanted.settings)
    return {
        name: getattr(said, name)
        for name in wanted.settings
        if getattr(said, name) != getattr(before, name)
    }


def _nobody(step: str, done: int, total: int) -> None:
    """Nobody watches."""

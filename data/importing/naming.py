"""Names in reference columns: whose ids they are, and which nobody knows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from data.importing import choice as choices
from data.importing import vocabulary
from data.importing.choice import Choice, Files
from data.importing.mapping import SECTIONS, section
from data.records import BY_TABLE, Field, Record

STATUS = "status"  # of a deal, which its stage tells where no column does
ADDED = ("stage", "rep", "customer")  # records that a name alone can make
_CALLED = {  # records that others refer to, and what people call them by
    "rep": ("name",),
    "stage": ("name_zh", "name_en"),
    "customer": ("name", "code"),
    "contact": ("name",),
    "deal": ("name",),
}


@dataclass(frozen=True)
class Known:
    """What the store has, for references: ids by record, and ids by what people call them."""

    ids: Mapping[str, frozenset[str]]
    names: Mapping[str, Mapping[str, str]]
    kinds: Mapping[str, str] = field(default_factory=dict)  # of the stages

    def named(self, record: str, text: str) -> str | None:
        """The id of what the text calls; None where the store has no such row.

        "Closed Won" is the department's one stage of won deals, whatever that is called.
        """
        found = self.names.get(record, {}).get(text)
        if found or record != "stage":
            return found
        kind = vocabulary.values("deal", STATUS).get(vocabulary.squeezed(text))
        alike = [id for id, of_kind in self.kinds.items() if of_kind == kind and kind != "open"]
        return alike[0] if len(alike) == 1 else None


def known(read: Callable[[type[Record]], pl.DataFrame]) -> Known:
    """What the store has; `read` gives the rows of a record as they are stored.

    A name that several rows have is nobody's.
    """
    ids: dict[str, frozenset[str]] = {}
    names: dict[str, dict[str, str]] = {}
    for name, called in _CALLED.items():
        rows = read(SECTIONS[name])
        ids[name] = frozenset(rows["id"])
        said = [rows.select("id", name=pl.col(column)) for column in called]
        pairs = pl.concat(said).drop_nulls().unique().filter(pl.col("name").is_unique())
        names[name] = dict(zip(pairs["name"], pairs["id"], strict=True))
    stages = read(SECTIONS["stage"])
    return Known(ids, names, dict(zip(stages["id"], stages["kind"], strict=True)))


@dataclass(frozen=True)
class Export:
    """All files of a draft."""

    choices: Sequence[Choice]
    files: Files
    known: Known
    adds: frozenset[str]  # records that unknown names become

    def coming(self, record: str) -> Iterator[Choice]:
        """The files that hold a record."""
        return (chosen for chosen in self.choices if chosen.record == record)


def strangers(chosen: Sequence[Choice], files: Files, known: Known) -> dict[str, list[str]]:
    """Names in reference columns that neither the files nor the store have, by record."""
    export = Export(chosen, files, known, frozenset())
    found: dict[str, dict[str, None]] = {}
    for part in chosen:
        for asked, to in references(part):
            header = part.header(asked.name)
            if header is None or to not in ADDED:
                continue
            have = {*known.ids.get(to, ()), *incoming(to, export)}
            have |= part.values.get(asked.name, {}).keys()
            cells = files.column(part.file, [header]).whole.drop_nulls().unique(maintain_order=True)
            strange = (c for c in cells if c not in have and known.named(to, c) is None)
            found.setdefault(to, {}).update(dict.fromkeys(strange))
    return {to: list(names) for to, names in found.items() if names}


def references(part: Choice) -> Iterator[tuple[Field, str]]:
    """The fields of a file's record that refer to others, and the section of these."""
    if part.record is None:
        return
    for asked in choices.declared(part.record).values():
        if asked.about.refers:
            yield asked, section(BY_TABLE[asked.about.refers])
        elif (part.record, asked.name) == ("target", "subject"):
            yield asked, "rep"


def incoming(record: str, export: Export) -> set[str]:
    """The ids that the files themselves bring of a record."""
    found: set[str] = set()
    for part in export.coming(record):
        headers = [h] if (h := part.header("id")) else list(part.ids)
        if headers:
            found |= set(export.files.column(part.file, headers).whole.drop_nulls())
        if name := part.header("name"):
            found |= set(export.files.tables[part.file][name].drop_nulls())
    return found


def added(record: str, export: Export) -> list[dict[str, object]]:
    """Rows for the names that nobody knows."""
    names = strangers(export.choices, export.files, export.known).get(record, [])
    if record != "stage":
        return [{"id": name, "name": name} for name in names]
    first = len(export.known.ids.get(record, ())) + 1
    return [
        {
            "id": name,
            "name_zh": name,
            "name_en": name,
            "kind": _kind_of_stage(name, export),
            "position": position,
        }
        for position, name in enumerate(names, start=first)
    ]


def _kind_of_stage(name: str, export: Export) -> str:
    for part in export.coming("deal"):
        if kind := part.values.get(STATUS, {}).get(name):
            return kind
    return vocabulary.values("deal", STATUS).get(vocabulary.squeezed(name), "open")


def incoming_names(record: str, export: Export) -> dict[str, str]:
    """Names that occur once in the files of a record, with their ids."""
    found: dict[str, str] = {}
    for part in export.coming(record):
        key, name = part.header("id"), part.header("name")
        if key and name and key != name:
            pairs = export.files.tables[part.file].select(key, name).drop_nulls()
            pairs = pairs.filter(pl.col(name).is_unique())
            found |= dict(zip(pairs[name], pairs[key], strict=True))
    return found

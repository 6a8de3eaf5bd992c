"""A mapping made from what a person chose: the TOML document that the import reads."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import tomli_w

from data.importing import choice as choices
from data.importing import vocabulary
from data.importing.choice import FEW, SAME, Choice, Files
from data.importing.evidence import Column
from data.importing.mapping import SECTIONS, section
from data.records import BY_TABLE, Field, Record

Said = dict[str, object]  # a part of a TOML document
_STATUS = "status"
ADDED = ("stage", "rep", "customer")  # records that a name alone can make
_CALLED = {  # records that others refer to, and what people call them by
    "rep": ("name",),
    "stage": ("name_zh", "name_en"),
    "customer": ("name", "code"),
    "contact": ("name",),
    "deal": ("name",),
}
_SECONDS, _HOURS = ("second", "秒"), ("hour", "小时")


@dataclass(frozen=True)
class Known:
    """What the store has, for references: ids by record, and ids by what people call them."""

    ids: Mapping[str, frozenset[str]]
    names: Mapping[str, Mapping[str, str]]


def known(read: Callable[[type[Record]], pl.DataFrame]) -> Known:
    """What the store has; `read` gives the rows of a record as they are stored.

    A name that several rows have is nobody's.
    """
    ids: dict[str, frozenset[str]] = {}
    names: dict[str, dict[str, str]] = {}
    for name, called in _CALLED.items():
        rows = read(SECTIONS[name])
        ids[name] = frozenset(rows["id"])
        said = [rows.select("id", name=pl.col(field)) for field in called]
        pairs = pl.concat(said).drop_nulls().unique().filter(pl.col("name").is_unique())
        names[name] = dict(zip(pairs["name"], pairs["id"], strict=True))
    return Known(ids, names)


@dataclass(frozen=True)
class _Export:
    """All files of a draft."""

    choices: Sequence[Choice]
    files: Files
    known: Known
    adds: frozenset[str]  # records that unknown names become

    def coming(self, record: str) -> Iterator[Choice]:
        """The files that hold a record."""
        return (chosen for chosen in self.choices if chosen.record == record)


def mapping(chosen: Sequence[Choice], files: Files, known: Known, adds: Iterable[str] = ()) -> Said:
    """The mapping document of these choices.

    `adds` names records (sections) of which names that nobody knows become new rows.
    """
    export = _Export(chosen, files, known, frozenset(adds))
    said: dict[str, list[Said]] = {}
    for name in SECTIONS:
        feeds = [_feed(part, export) for part in export.coming(name)]
        if name in export.adds and (rows := _added(name, export)):
            feeds.append({"rows": rows})
        if feeds:
            said[name] = feeds
    return dict(said)


def text(said: Said) -> str:
    """The document as TOML."""
    return tomli_w.dumps(said)


def strangers(chosen: Sequence[Choice], files: Files, known: Known) -> dict[str, list[str]]:
    """Names in reference columns that neither the files nor the store have, by record."""
    export = _Export(chosen, files, known, frozenset())
    found: dict[str, dict[str, None]] = {}
    for part in chosen:
        for field, to in references(part):
            header = part.header(field.name)
            if header is None or to not in ADDED:
                continue
            have = {*known.ids.get(to, ()), *known.names.get(to, ()), *_incoming(to, export)}
            have |= part.values.get(field.name, {}).keys()
            cells = files.column(part.file, [header]).whole.drop_nulls().unique(maintain_order=True)
            found.setdefault(to, {}).update(dict.fromkeys(c for c in cells if c not in have))
    return {to: list(names) for to, names in found.items() if names}


def references(part: Choice) -> Iterator[tuple[Field, str]]:
    """The fields of a file's record that refer to others, and the section of these."""
    if part.record is None:
        return
    for field in choices.declared(part.record).values():
        if field.about.refers:
            yield field, section(BY_TABLE[field.about.refers])
        elif (part.record, field.name) == ("target", "subject"):
            yield field, "rep"


def _incoming(record: str, export: _Export) -> set[str]:
    """The ids that the files themselves bring of a record."""
    found: set[str] = set()
    for part in export.coming(record):
        headers = [h] if (h := part.header("id")) else list(part.ids)
        if headers:
            found |= set(export.files.column(part.file, headers).whole.drop_nulls())
        if name := part.header("name"):
            found |= set(export.files.tables[part.file][name].drop_nulls())
    return found


def _added(record: str, export: _Export) -> list[Said]:
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


def _kind_of_stage(name: str, export: _Export) -> str:
    for part in export.coming("deal"):
        if kind := part.values.get(_STATUS, {}).get(name):
            return kind
    return vocabulary.values("deal", _STATUS).get(vocabulary.squeezed(name), "open")


def _feed(part: Choice, export: _Export) -> Said:
    assert part.record
    columns: dict[str, Said] = {}
    for name, field in choices.declared(part.record).items():
        headers = part.headers(name)
        if headers:
            columns[name] = _source(part, headers, export) | _reading(part, field, headers, export)
        elif same := part.values.get(name, {}).get(SAME):
            columns[name] = {"value": same}
        elif name == "id" and part.ids:
            columns[name] = _key(part.ids)
    columns |= _implied(part, columns, export)
    return {"file": part.file, "columns": {n: _short(column) for n, column in columns.items()}}


def _short(column: Said) -> object:
    """`name = "Header"` where nothing else is said."""
    return column["column"] if column.keys() == {"column"} else column


def _source(part: Choice, headers: Sequence[str], export: _Export) -> Said:
    if len(headers) == 1:
        return {"column": headers[0]}
    texts = "".join(export.files.column(part.file, headers).cells.head(20))
    return {"columns": list(headers), "between": " " if texts.isascii() else ""}


def _key(headers: Sequence[str]) -> Said:
    return (
        {"columns": list(headers), "between": "/"} if len(headers) > 1 else {"column": headers[0]}
    )


def _reading(part: Choice, field: Field, headers: Sequence[str], export: _Export) -> Said:
    """What is done with the texts of the columns."""
    column = export.files.column(part.file, headers)
    if field.type in (date, datetime):
        return _days(part, column, export.files)
    if field.type in (int, Decimal):
        return _numbers(field, column, headers[0])
    if field.about.choices:
        return _words(part, field, column)
    for referring, to in references(part):
        if referring.name == field.name:
            return _named(part, field, to, column, export)
    return {}


def _days(part: Choice, column: Column, files: Files) -> Said:
    formats = column.day_formats
    if not formats or "" in formats:
        return {}
    usual = [part.days, *day_formats(part, files)]
    written = next((f for f in usual if f in formats), formats[0])
    assert written
    return {"date": column.clocked(written)}


def day_formats(part: Choice, files: Files) -> list[str]:
    """The formats that all days of a file may be written in; several: a person must say which."""
    assert part.record
    known = choices.declared(part.record)
    columns = (
        files.column(part.file, part.headers(name)).day_formats
        for name in dict.fromkeys(part.fields.values())
        if name in known and known[name].type in (date, datetime)
    )
    told = [formats for formats in columns if formats and "" not in formats]
    return [f for f in (told[0] if told else []) if all(f in formats for formats in told)]


def _numbers(field: Field, column: Column, header: str) -> Said:
    said: Said = {}
    if marks := column.marks:
        said |= {"decimal": marks[0], "thousands": marks[1]}
    if field.name == "minutes" and any(word in header.lower() for word in _SECONDS):
        said["divide"] = 60
    if field.name == "minutes" and any(word in header.lower() for word in _HOURS):
        said["multiply"] = 60
    return said


def _words(part: Choice, field: Field, column: Column) -> Said:
    """Each text with its choice, where the texts are not the choices themselves."""
    if column.distinct <= set(field.about.choices) or len(column.distinct) > FEW:
        return {}
    return {"values": dict(meanings(part, field, column))}


def meanings(part: Choice, field: Field, column: Column) -> Iterator[tuple[str, str]]:
    """Each text of a column with the choice it means, where one is known or chosen."""
    assert part.record
    chosen = part.values.get(field.name, {})
    words = vocabulary.values(part.record, field.name)
    for cell in sorted(column.distinct):
        if value := chosen.get(cell) or words.get(vocabulary.squeezed(cell)):
            yield cell, value


def _named(part: Choice, field: Field, to: str, column: Column, export: _Export) -> Said:
    """Ids in place of names: those of the store, those of a file that came along."""
    ids, names = export.known.ids.get(to, frozenset()), export.known.names.get(to, {})
    chosen = {cell: value for cell, value in part.values.get(field.name, {}).items() if cell}
    incoming = _incoming_names(to, export)
    cells = [c for c in column.whole.drop_nulls().unique(maintain_order=True) if c not in ids]
    known = {**names, **incoming, **chosen}
    found = {cell: known[cell] for cell in cells if known.get(cell, cell) != cell}
    return {"replace": found} if found else {}


def _incoming_names(record: str, export: _Export) -> dict[str, str]:
    """Names that occur once in the files of a record, with their ids."""
    found: dict[str, str] = {}
    for part in export.coming(record):
        key, name = part.header("id"), part.header("name")
        if key and name and key != name:
            pairs = export.files.tables[part.file].select(key, name).drop_nulls()
            pairs = pairs.filter(pl.col(name).is_unique())
            found |= dict(zip(pairs[name], pairs[key], strict=True))
    return found


def _implied(part: Choice, columns: Mapping[str, Said], export: _Export) -> dict[str, Said]:
    """Fields that follow from others: how a deal stands, when it closed, numbers of lines."""
    if part.record == "deal":
        return _outcome(part, columns, export)
    if part.record == "visit" and "kind" not in columns:
        return {"kind": {"value": vocabulary.kind_of_file(part.file) or "visit"}}
    for record, name in (("deal_line", "line"), ("stage_event", "seq")):
        header = part.header("deal_id")
        if part.record == record and name not in columns and header:
            return {name: {"number_within": header}}
    return {}


def _outcome(part: Choice, columns: Mapping[str, Said], export: _Export) -> dict[str, Said]:
    """A deal's status from its stage; one closing column is the day expected while it is open."""
    said: dict[str, Said] = {}
    stage, closing = part.header("stage"), part.header("closed_on")
    if _STATUS not in columns and stage:
        field = choices.declared("deal")[_STATUS]
        words = dict(meanings(part, field, export.files.column(part.file, [stage])))
        ended = {cell: value for cell, value in words.items() if value != "open"}
        said[_STATUS] = (
            {"column": stage, "values": ended, "otherwise": "open"} if ended else {"value": "open"}
        )
    elif _STATUS not in columns:
        said[_STATUS] = {"value": "won" if closing else "open"}
    if closing and said.get(_STATUS) != {"value": "won"}:
        said["closed_on"] = {**columns["closed_on"], "when": {_STATUS: ["won", "lost"]}}
        if "expected_on" not in columns:
            said["expected_on"] = {**columns["closed_on"], "when": {_STATUS: "open"}}
    return said

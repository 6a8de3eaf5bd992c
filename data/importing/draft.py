"""A mapping made from what a person chose: the TOML document that the import reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import tomli_w

from data.importing import choice as choices
from data.importing import vocabulary
from data.importing.choice import FEW, SAME, Choice, Files
from data.importing.evidence import Column
from data.importing.mapping import SECTIONS
from data.importing.naming import STATUS, Export, Known, added, incoming_names, references
from data.records import Field

Said = dict[str, object]  # a part of a TOML document
_SECONDS, _HOURS = ("second", "秒"), ("hour", "小时")


def mapping(chosen: Sequence[Choice], files: Files, known: Known, adds: Iterable[str] = ()) -> Said:
    """The mapping document of these choices.

    `adds` names records (sections) of which names that nobody knows become new rows.
    """
    export = Export(chosen, files, known, frozenset(adds))
    said: dict[str, list[Said]] = {}
    for name in SECTIONS:
        feeds = [_feed(part, export) for part in export.coming(name)]
        if name in export.adds and (rows := added(name, export)):
            feeds.append({"rows": rows})
        if feeds:
            said[name] = feeds
    return dict(said)


def text(said: Said) -> str:
    """The document as TOML."""
    return tomli_w.dumps(said)


def _feed(part: Choice, export: Export) -> Said:
    assert part.record
    columns: dict[str, Said] = {}
    for name, field in choices.declared(part.record).items():
        headers = part.headers(name)
        if headers:
            columns[name] = _source(part, headers, export) | _reading(part, field, headers, export)
        elif same := part.values.get(name, {}).get(SAME):
            columns[name] = {"value": same}
        elif name == "id" and part.ids:
            columns[name] = _key(part, export)
    columns |= _implied(part, columns, export)
    return {"file": part.file, "columns": {n: _short(column) for n, column in columns.items()}}


def _short(column: Said) -> object:
    """`name = "Header"` where nothing else is said."""
    return column["column"] if column.keys() == {"column"} else column


def _source(part: Choice, headers: Sequence[str], export: Export) -> Said:
    if len(headers) == 1:
        return {"column": headers[0]}
    texts = "".join(export.files.column(part.file, headers).cells.head(20))
    return {"columns": list(headers), "between": " " if texts.isascii() else ""}


def _key(part: Choice, export: Export) -> Said:
    """The columns that identify a row; a name that the store knows is that row."""
    if len(part.ids) > 1:
        return {"columns": list(part.ids), "between": "/"}
    column = export.files.column(part.file, part.ids)
    cells = column.whole.drop_nulls().unique(maintain_order=True)
    meant = {cell: export.known.named(str(part.record), cell) for cell in cells}
    found = {cell: id for cell, id in meant.items() if id is not None and id != cell}
    return {"column": part.ids[0], **({"replace": found} if found else {})}


def _reading(part: Choice, field: Field, headers: Sequence[str], export: Export) -> Said:
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


def _named(part: Choice, field: Field, to: str, column: Column, export: Export) -> Said:
    """Ids in place of names: those of the store, those of a file that came along."""
    ids = export.known.ids.get(to, frozenset())
    chosen = {cell: value for cell, value in part.values.get(field.name, {}).items() if cell}
    incoming = incoming_names(to, export)
    cells = [c for c in column.whole.drop_nulls().unique(maintain_order=True) if c not in ids]
    told = {**incoming, **chosen}
    meant = {cell: told.get(cell) or export.known.named(to, cell) for cell in cells}
    found = {cell: id for cell, id in meant.items() if id is not None and id != cell}
    return {"replace": found} if found else {}


def _implied(part: Choice, columns: Mapping[str, Said], export: Export) -> dict[str, Said]:
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


def _outcome(part: Choice, columns: Mapping[str, Said], export: Export) -> dict[str, Said]:
    """A deal's status from its stage; one closing column is the day expected while it is open."""
    said: dict[str, Said] = {}
    stage, closing = part.header("stage"), part.header("closed_on")
    if STATUS not in columns and stage:
        words = standing(part, export.files, export.known)
        ended = {cell: value for cell, value in words.items() if value != "open"}
        said[STATUS] = (
            {"column": stage, "values": ended, "otherwise": "open"} if ended else {"value": "open"}
        )
    elif STATUS not in columns:
        said[STATUS] = {"value": "won" if closing else "open"}
    if closing and said.get(STATUS) != {"value": "won"}:
        said["closed_on"] = {**columns["closed_on"], "when": {STATUS: ["won", "lost"]}}
        if "expected_on" not in columns:
            said["expected_on"] = {**columns["closed_on"], "when": {STATUS: "open"}}
    return said


def standing(part: Choice, files: Files, known: Known) -> dict[str, str]:
    """How a deal in each stage of a file stands: as was chosen, as the stage is, as it sounds."""
    stage = part.header("stage")
    if stage is None:
        return {}
    chosen, stages = part.values.get(STATUS, {}), part.values.get("stage", {})
    sounds = vocabulary.values("deal", STATUS)
    found = {}
    for cell in sorted(files.column(part.file, [stage]).distinct):
        id = stages.get(cell) or known.named("stage", cell) or cell
        sound = sounds.get(vocabulary.squeezed(cell), "open")
        found[cell] = chosen.get(cell) or known.kinds.get(id, sound)
    return found

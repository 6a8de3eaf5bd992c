"""A mapping file, read and checked against the record declarations, before any other file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from data.importing import limits
from data.importing.errors import FileError, MappingError, Problem
from data.importing.grammar import Column, Feed, Mapping, many
from data.records import RECORDS, Field, Record
from data.settings import Settings

SHIPPED = Path(__file__).parents[1] / "mappings"
SETTABLE = ("as_of", "currency", "timezone", "fiscal_month", "department_zh", "department_en")


def section(record: type[Record]) -> str:
    """The record's name in a mapping: DealLine is `deal_line`."""
    name = record.__name__
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


SECTIONS: dict[str, type[Record]] = {section(record): record for record in RECORDS.values()}


def load(path: Path) -> Mapping:
    """The mapping in a TOML file, checked against the record declarations.

    Raises:
        MappingError: it cannot be read or says something that cannot be; all is listed.
    """
    try:
        with path.open("rb") as file:
            return loads(file.read(limits.MOST_MAPPING_BYTES + 1), path.stem)
    except OSError as error:
        raise MappingError(path.name, [Problem(str(path), "mapping_not_found")]) from error


def loads(written: bytes, name: str) -> Mapping:
    """The mapping in the bytes of a TOML file.

    Raises:
        MappingError: as in `load`.
    """
    try:
        limits.check_size(name, len(written), limits.MOST_MAPPING_BYTES)
        said = tomllib.loads(written.decode("utf-8-sig"))
    except FileError as error:
        raise MappingError(name, [error.problem]) from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, a number without end
        raise MappingError(name, [Problem(name, "toml_wrong", {"message": str(error)})]) from error
    return parse(said, name)


def parse(said: dict[str, object], name: str) -> Mapping:
    """The mapping that a TOML document says.

    Raises:
        MappingError: as in `load`.
    """
    feeds = {record.__name__: many(said[key]) for key, record in SECTIONS.items() if key in said}
    rest = {key: value for key, value in said.items() if key not in SECTIONS}
    try:
        mapping = Mapping.model_validate({"name": name, "feeds": feeds, **rest})
        Settings.model_validate(mapping.settings)
    except ValidationError as error:
        raise MappingError(name, list(_spelt(error))) from error
    if problems := list(_problems(mapping)):
        raise MappingError(name, problems)
    return mapping


def _spelt(error: ValidationError) -> Iterator[Problem]:
    """Pydantic's findings with the places as the person wrote them."""
    within = "settings." if error.title == "Settings" else ""
    for found in error.errors(include_url=False):
        place = within + _place(found["loc"])
        if found["type"] == "missing":
            yield Problem(place, "key_missing")
        elif found["type"] == "extra_forbidden":
            yield Problem(place, "key_unknown")
        elif found["type"] in _OWN_CODES:
            yield Problem(place, found["type"], found.get("ctx", {}))
        else:
            wrong = {"value": _shown(found["input"]), "message": found["msg"]}
            yield Problem(place, "key_wrong", wrong)


def _shown(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # a number of thousands of digits, which Python does not write out
        return "..."


_OWN_CODES = ("column_needs_one_source", "extract_wrong", "file_or_rows", "file_outside")


def _place(location: tuple[str | int, ...]) -> str:
    """("feeds", "Visit", 1, "file") is "visit[2].file"."""
    parts = list(location)
    if parts[:1] == ["feeds"] and len(parts) > 1:
        parts = [section(RECORDS[str(parts[1])]), *parts[2:]]
    text = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in parts)
    return text.removeprefix(".")


def _problems(mapping: Mapping) -> Iterator[Problem]:
    """What a mapping says that its records do not allow."""
    if not mapping.feeds:
        yield Problem(mapping.name, "no_records", {"records": ", ".join(SECTIONS)})
    for key in mapping.settings:
        if key not in SETTABLE:
            known = {"known": ", ".join(SETTABLE)}
            yield Problem(f"settings.{key}", "setting_not_by_mapping", known)
    for name, feeds in mapping.feeds.items():
        for number, feed in enumerate(feeds):
            yield from _feed_problems(RECORDS[name], feed, _place(("feeds", name, number)))


def _feed_problems(record: type[Record], feed: Feed, place: str) -> Iterator[Problem]:
    declared = {field.name: field for field in record.fields() if field.about.in_import}
    made = len(record.KEY) > 1
    for name, column in feed.fields.items():
        where = f"{place}.columns.{name}"
        if name not in declared:
            yield Problem(where, "field_unknown", {"known": ", ".join(declared)})
        elif name == "id" and made:
            yield Problem(where, "id_is_made", {"fields": ", ".join(record.KEY)})
        else:
            yield from _column_problems(feed, column, declared[name], where)
    for name, field in declared.items():
        needed = field.required and not (name == "id" and made)
        if needed and name not in feed.fields:
            yield Problem(f"{place}.columns", "field_missing", {"field": name})


def _column_problems(feed: Feed, column: Column, field: Field, where: str) -> Iterator[Problem]:
    choices = field.about.choices
    for text in column.texts():
        if choices and text not in choices:
            known = {"value": text, "known": ", ".join(choices)}
            yield Problem(where, "not_among_choices", known)
    for name in column.when:
        if name in feed.fields and feed.fields[name].when:
            yield Problem(f"{where}.when", "when_of_when", {"field": name})
    if column.of_group != "same" and not feed.group_by:
        yield Problem(f"{where}.of_group", "no_group_by")
    if column.if_unknown == "empty" and field.required:
        yield Problem(f"{where}.if_unknown", "cannot_be_empty")

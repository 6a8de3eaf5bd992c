"""A mapping: one TOML file that says which file feeds which record, column by column.

The model is the grammar; `docs/import.md` explains it to the person who writes one.
What a mapping says is checked here against the record declarations, before any file is read.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Annotated, Literal, Self

import polars as pl
from annotated_types import Gt
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from data.importing.errors import MappingError, Problem
from data.records import RECORDS, Field, Record
from data.settings import Settings

SHIPPED = Path(__file__).parents[1] / "mappings"
SETTABLE = ("as_of", "currency", "timezone", "fiscal_month", "department_zh", "department_en")


def section(record: type[Record]) -> str:
    """The record's name in a mapping: DealLine is `deal_line`."""
    name = record.__name__
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


SECTIONS: dict[str, type[Record]] = {section(record): record for record in RECORDS.values()}


def _texts(value: object) -> object:
    """One text where a list is asked for is a list of one."""
    if isinstance(value, (list, tuple)):
        return tuple(_text(v) for v in value)
    return (_text(value),)


def _text(value: object) -> object:
    """TOML numbers, days and booleans as the text a file would hold."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float, Decimal, date, datetime)) else value


def _many(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else (value,)


def _inside(name: str) -> str:
    path = PurePath(name)
    if not name or path.is_absolute() or ".." in path.parts:
        raise PydanticCustomError("file_outside", "outside", {"value": name})
    return name


Text = Annotated[str, BeforeValidator(_text)]
FileName = Annotated[str, AfterValidator(_inside)]  # or a pattern such as visits-*.csv
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Conditions = dict[str, Texts]
Mark = Literal[".", ",", " ", "'", ""]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lookup(_Part):
    """Find the row of `file` whose `key` has our value; go on with its `take` (a VLOOKUP)."""

    file: FileName
    key: str
    take: str
    if_missing: Literal["refuse", "empty"] = "refuse"
    if_several: Literal["refuse", "first", "last"] = "refuse"


class Column(_Part):
    """How one field is filled. The steps run in the order of these options."""

    column: Texts = ()  # the header; several are alternatives, the first one present counts
    columns: tuple[str, ...] = ()  # these joined by `between`
    between: str = " "
    first_of: tuple[str, ...] = ()  # the first of these that is not empty
    value: Text | None = None  # the same for every row
    number_within: Texts = ()  # 1, 2, 3 within rows that share these columns
    optional: bool = False  # a file without the column leaves the field alone
    empty: Texts = ()  # words that mean nothing, besides those of the mapping
    extract: str | None = None  # a regular expression; its first group, or all it matches
    replace: dict[str, Text] = {}  # spellings to mend, in the cell and in what is looked up
    lookup: Annotated[tuple[Lookup, ...], BeforeValidator(_many)] = ()
    values: dict[str, Text] = {}  # every value must be listed here...
    otherwise: Text | None = None  # ...or become this
    default: Text | None = None  # where the cell is empty
    date: Texts = ()  # formats such as DD/MM/YYYY, tried in order
    decimal: Mark | None = None
    thousands: Mark | None = None
    times: str | None = None  # a column of numbers to multiply with: unit cost x quantity
    minus: str | None = None  # a column of numbers to take away: amount less profit
    multiply: Decimal | None = None
    divide: Annotated[Decimal, Gt(Decimal(0))] | None = None
    when: Conditions = {}  # filled only where these fields or columns have these values
    of_group: Literal["same", "sum", "count", "first", "last", "min", "max"] = "same"
    if_unknown: Literal["refuse", "empty"] = "refuse"  # of a reference

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = (self.column, self.columns, self.first_of, self.number_within)
        given = sum(map(bool, sources)) + (self.value is not None)
        if given != (0 if self.of_group == "count" else 1):
            raise PydanticCustomError("column_needs_one_source", "one source")
        return self

    @model_validator(mode="after")
    def _regex_compiles(self) -> Self:
        if self.extract is not None:
            try:
                pl.Series([""]).str.contains(self.extract)
            except pl.exceptions.ComputeError as error:
                raise PydanticCustomError(
                    "extract_wrong", "extract", {"pattern": self.extract}
                ) from error
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """The columns whose words fill the field; of alternatives the first."""
        return self.column[:1] or self.columns or self.first_of

    def texts(self) -> Iterator[str]:
        """Every text the mapping itself may put into the field."""
        fixed = (self.value, self.otherwise, self.default)
        yield from (text for text in fixed if text is not None)
        yield from self.values.values()


class Unpivot(_Part):
    """Columns to rows: one row per cell that is not empty."""

    columns: dict[str, Text]  # header -> what `header` will hold
    header: str = "header"  # name of the new column with the header
    cell: str = "cell"  # name of the new column with the cell


class FileOptions(_Part):
    """How a file is written, where the reader should not find out by itself."""

    delimiter: str | None = None
    encoding: str | None = None
    sheet: Text | None = None
    header_line: int = 1


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class Feed(_Part):
    """One file (or rows written in the mapping) that fills one kind of record."""

    file: FileName | None = None
    rows: list[dict[str, Text]] = []
    optional: bool = False  # the file may be absent
    where: Conditions = {}  # only rows with these values
    unpivot: Unpivot | None = None
    group_by: Texts = ()  # one record per distinct value of these columns
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]] = {}

    @model_validator(mode="after")
    def _file_or_rows(self) -> Self:
        if bool(self.file) == bool(self.rows):
            raise PydanticCustomError("file_or_rows", "either file or rows")
        return self

    @property
    def fields(self) -> dict[str, Column]:
        """How each field is filled; the rows of a mapping fill the fields they name."""
        names = {name for row in self.rows for name in row}
        return {name: Column(column=(name,)) for name in sorted(names)} | self.columns


class Mapping(_Part):
    """A whole mapping; `feeds` has one entry per record class that it fills."""

    name: str
    settings: dict[str, object] = {}
    empty: Texts = ()  # words that mean nothing, such as NULL
    dates: Texts = ()
    decimal: Mark = "."
    thousands: Mark = ","
    files: dict[str, FileOptions] = {}
    feeds: dict[str, tuple[Feed, ...]]


def files(mapping: Mapping) -> list[str]:
    """Every file a mapping names, each once."""
    feeds = [feed for group in mapping.feeds.values() for feed in group]
    hops = [hop.file for f in feeds for c in f.columns.values() for hop in c.lookup]
    return list(dict.fromkeys([*(feed.file for feed in feeds if feed.file), *hops]))


def load(path: Path) -> Mapping:
    """The mapping in a TOML file, checked against the record declarations.

    Raises:
        MappingError: it cannot be read or says something that cannot be; all is listed.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MappingError(path.name, [Problem(str(path), "mapping_not_found")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = {"message": str(error)}
        raise MappingError(path.name, [Problem(path.name, "toml_wrong", reason)]) from error
    return parse(said, path.stem)


def parse(said: dict[str, object], name: str) -> Mapping:
    """The mapping that a TOML document says.

    Raises:
        MappingError: as in `load`.
    """
    feeds = {record.__name__: _many(said[key]) for key, record in SECTIONS.items() if key in said}
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
            wrong = {"value": str(found["input"]), "message": found["msg"]}
            yield Problem(place, "key_wrong", wrong)


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
    declared = {field.name: field for field in record.fields()}
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

"""The grammar of a mapping: what its TOML may say, as `docs/import.md` explains it."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Annotated, Literal, Self

import polars as pl
from annotated_types import Ge, Gt, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError


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


def many(value: object) -> object:
    """One thing where a list is asked for is a list of one."""
    return value if isinstance(value, (list, tuple)) else (value,)


def _inside(name: str) -> str:
    path = PurePath(name)
    if not name or path.is_absolute() or ".." in path.parts:
        raise PydanticCustomError("file_outside", "outside", {"value": name})
    return name


Text = Annotated[str, BeforeValidator(_text)]
FileName = Annotated[str, AfterValidator(_inside)]  # or a pattern such as visits-*.csv
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Delimiter = Annotated[str, StringConstraints(pattern=r"\A[^\"\r\n\x00]\z")]
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
    lookup: Annotated[tuple[Lookup, ...], BeforeValidator(many)] = ()
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

    delimiter: Delimiter | None = None
    encoding: str | None = None
    sheet: Text | None = None
    header_line: Annotated[int, Ge(1), Le(1_000)] = 1


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
    options: Annotated[dict[str, FileOptions], Field(alias="files")] = {}  # by file
    feeds: dict[str, tuple[Feed, ...]]

    def files(self) -> list[str]:
        """Every file the mapping names, each once."""
        feeds = [feed for group in self.feeds.values() for feed in group]
        hops = [hop.file for f in feeds for c in f.columns.values() for hop in c.lookup]
        return list(dict.fromkeys([*(feed.file for feed in feeds if feed.file), *hops]))

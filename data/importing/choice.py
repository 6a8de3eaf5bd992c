"""What a person chose for one file: its record, a field per column, and what the cells mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from data.importing import recognise, vocabulary
from data.importing.evidence import Column
from data.importing.files import HIDDEN
from data.importing.mapping import SECTIONS
from data.importing.recognise import Sheet
from data.records import Field, Record

SAME = ""  # in `values`: what every row gets, whatever its cells say
SEVERAL = ("address", "name", "visited_at")  # fields that may be put together from columns
FEW = 60  # different texts of a column that may each be given a meaning
_IDENTIFY = {  # fields that tell rows apart where no column is an id
    "customer": ("name",),
    "contact": ("customer_id", "name"),
    "deal": ("customer_id", "name", "opened_on"),
    "visit": ("customer_id", "deal_id", "rep_id", "visited_at"),
    "rep": ("name",),
    "stage": ("name_zh", "name_en"),
}


@dataclass(frozen=True)
class Choice:
    """One file as it will be read; `record` is a section of a mapping, None leaves it out."""

    file: str
    record: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)  # header -> field
    ids: tuple[str, ...] = ()  # headers that identify a row where no column is the id
    days: str | None = None  # how ambiguous days are written
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # field -> cell -> value
    unsure: frozenset[str] = frozenset()  # headers whose field is only likely

    def headers(self, name: str) -> list[str]:
        """The columns that fill a field."""
        return [header for header, field in self.fields.items() if field == name]

    def header(self, name: str) -> str | None:
        """The one column that fills a field."""
        return next(iter(self.headers(name)), None)

    def gives(self, header: str, name: str | None) -> "Choice":
        """The choice with another field for a column; one that only one may fill moves here."""
        kept = {h: f for h, f in self.fields.items() if h != header and (f != name or f in SEVERAL)}
        fields = {**kept, header: name} if name else kept
        return replace(self, fields=fields, unsure=self.unsure - {header})

    def means(self, name: str, cell: str, value: str | None) -> "Choice":
        """The choice with another meaning for a cell; None: whatever it says itself."""
        cells = {c: v for c, v in self.values.get(name, {}).items() if c != cell}
        return replace(
            self, values={**self.values, name: {**cells, cell: value} if value else cells}
        )


class Files:
    """The files of a draft; each question about a column is answered once."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """`tables` as `files.read` gives them, by the file's name."""
        self.tables = tables
        self._columns: dict[tuple[str, ...], Column] = {}

    def headers(self, file: str) -> list[str]:
        """The columns of a file."""
        return [name for name in self.tables[file].columns if name not in HIDDEN]

    def column(self, file: str, headers: Sequence[str]) -> Column:
        """The cells that fill a field, joined as they will be."""
        key = (file, *headers)
        if key not in self._columns:
            rows = self.tables[file]
            joined = pl.concat_str(headers, separator=" ", ignore_nulls=True)
            one = rows[headers[0]] if len(headers) == 1 else rows.select(joined).to_series()
            self._columns[key] = Column(" + ".join(headers), one)
        return self._columns[key]


def of_sheet(sheet: Sheet, rows: pl.DataFrame) -> Choice:
    """The choice that recognition makes."""
    fields = {guess.header: guess.field for guess in sheet.guesses if guess.field}
    unsure = frozenset(g.header for g in sheet.guesses if g.field and g.sure < recognise.SURE)
    made = Choice(sheet.file, sheet.record, fields, unsure=unsure)
    return replace(made, ids=identifying(made, rows)) if sheet.record else made


def of_record(file: str, rows: pl.DataFrame, record: str | None) -> Choice:
    """The choice once a person says what the file holds."""
    if record is None:
        return Choice(file)
    return of_sheet(recognise.as_record(file, rows, record), rows)


def declared(record: str) -> dict[str, Field]:
    """The fields of a record that a source can fill, by name."""
    return {field.name: field for field in vocabulary.importable(SECTIONS[record])}


def identifying(choice: Choice, rows: pl.DataFrame) -> tuple[str, ...]:
    """The fewest columns that tell the rows apart, among those that may."""
    assert choice.record
    if choice.header("id") or "id" not in declared(choice.record):
        return ()
    found: list[str] = []
    for name in _IDENTIFY.get(choice.record, ()):
        found += choice.headers(name)
    names = choice.headers("name")
    return tuple(names if names and rows.select(names).is_unique().all() else found)


def missing(choice: Choice) -> Iterator[Field]:
    """Required fields that nothing fills."""
    assert choice.record
    for name, asked in declared(choice.record).items():
        is_made = name in _MADE.get(choice.record, ()) or (name == "id" and choice.ids)
        is_given = bool(choice.header(name) or choice.values.get(name, {}).get(SAME))
        if asked.required and not is_made and not is_given:
            yield asked


_MADE = {"deal_line": ("line",), "stage_event": ("seq",)}  # numbered where no column tells


def record_of(choice: Choice) -> type[Record]:
    """The declaration of the chosen record."""
    assert choice.record
    return SECTIONS[choice.record]

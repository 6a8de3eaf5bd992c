"""Which record a file holds and which field a column fills, with how sure that is.

By what the columns are called, by the name of the file, and by what stands in the cells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import SequenceMatcher

import polars as pl

from data.importing import vocabulary
from data.importing.evidence import Column
from data.importing.files import HIDDEN
from data.importing.mapping import SECTIONS, section
from data.records import BY_TABLE, Field

SURE, LIKELY = 0.9, 0.5  # below LIKELY nothing is said
_PARTS = {"part": "address", "first": "name", "last": "name", "time": "visited_at"}
_DAYS = (date, datetime)
_SHORT = 2  # characters of a Chinese word
_OUR_FILE, _OUR_COLUMN = 3.0, 0.02  # what a file's name, and a header with our name, count
_ENOUGH, _FEWEST = 2.0, 1  # below them a file is nothing: score, columns told by name


@dataclass(frozen=True)
class Guess:
    """What one column is: a field, or nothing; `by` is name or content."""

    header: str
    field: str | None = None
    sure: float = 0.0
    by: str = ""


@dataclass(frozen=True)
class Sheet:
    """What one file is: a record by its section, or nothing that is kept here."""

    file: str
    record: str | None
    sure: float
    guesses: tuple[Guess, ...]

    def field(self, header: str) -> str | None:
        """The field a column fills."""
        return next(guess.field for guess in self.guesses if guess.header == header)


Tables = Mapping[str, pl.DataFrame]
Keys = Mapping[str, frozenset[str]]  # ids of a record that came along, by its section


def recognise(tables: Tables) -> list[Sheet]:
    """What each file (name -> rows as `files.read` gives them) is."""
    columns = {file: columns_of(rows) for file, rows in tables.items()}
    first = [_sheet(file, seen, {}) for file, seen in columns.items()]
    keys = {
        sheet.record: frozenset(tables[sheet.file][guess.header].drop_nulls())
        for sheet in first
        for guess in sheet.guesses
        if sheet.record and guess.field == "id"
    }
    return [_sheet(file, seen, keys) for file, seen in columns.items()]


def as_record(file: str, rows: pl.DataFrame, record: str) -> Sheet:
    """What the columns of a file are, if it holds this record."""
    return Sheet(file, record, 1.0, tuple(_guesses(record, columns_of(rows), {})))


def columns_of(rows: pl.DataFrame) -> list[Column]:
    """The columns of a file as they are looked at."""
    return [Column(name, rows[name]) for name in rows.columns if name not in HIDDEN]


def _sheet(file: str, columns: Sequence[Column], keys: Keys) -> Sheet:
    named = vocabulary.record_of_file(file)
    headers = [column.header for column in columns]
    nothing = Sheet(file, None, 1.0, tuple(Guess(header) for header in headers))
    if named == "" or (named is None and vocabulary.is_apart(headers)):
        return nothing
    scored = {}
    for record in SECTIONS:
        guesses = tuple(_guesses(record, columns, keys))
        scored[record] = (_score(record, guesses) + _OUR_FILE * (record == named), guesses)
    ranked = sorted(scored, key=lambda record: scored[record][0], reverse=True)
    best, next_best = (scored[record][0] for record in ranked[:2])
    told = [g for g in scored[ranked[0]][1] if g.by == "name" and g.field != "id"]
    if best < _ENOUGH or len(told) < _FEWEST:
        return nothing
    sure = min(1.0, 0.5 + (best - next_best) / best)
    return Sheet(file, ranked[0], sure, scored[ranked[0]][1])


def _score(record: str, guesses: Sequence[Guess]) -> float:
    """How well the columns make this record; what is required counts double, or is missed."""
    required = {field.name for field in SECTIONS[record].fields() if field.required}
    found = {g.field: g.sure for g in guesses if g.field}
    missing = [name for name in required - {"id"} if name not in found]
    gained = sum(sure * (2 if name in required else 1) for name, sure in found.items())
    ours = sum(bool(vocabulary.own(record, vocabulary.squeezed(g.header))) for g in guesses)
    return gained - 1.5 * len(missing) + _OUR_COLUMN * ours


def _guesses(record: str, columns: Sequence[Column], keys: Keys) -> Iterator[Guess]:
    """One guess per column, in their order; a field is given to one column, the best."""
    declared = {field.name: field for field in vocabulary.importable(SECTIONS[record])}
    offers = [
        (sure, -at, column, field, by)
        for at, column in enumerate(columns)
        for field, sure, by in _offers(record, declared, column, keys)
    ]
    ranked = sorted(offers, key=lambda offer: offer[:2], reverse=True)
    given: dict[str, Guess] = {}
    taken: set[str] = set()
    for sure, _, column, field, by in ranked:
        if sure >= LIKELY and column.header not in given and field not in {*taken, *_PARTS}:
            given[column.header] = Guess(column.header, field, min(sure, 1.0), by)
            taken.add(field)
    for sure, _, column, part, by in ranked:
        is_wanted = part in _PARTS and (_PARTS[part] in taken) == (part == "time")
        if is_wanted and column.header not in given:
            given[column.header] = Guess(column.header, _PARTS[part], min(sure, 1.0), by)
    given |= _last_day(declared, columns, given)
    if record == "deal" and "stage" not in taken:
        given |= _step(columns, given)
    for column in columns:
        yield given.get(column.header, Guess(column.header))


def _offers(
    record: str, declared: Mapping[str, Field], column: Column, keys: Keys
) -> Iterator[tuple[str, float, str]]:
    """Fields this column may fill, how sure, and by what."""
    named = dict(_named(record, column.header))
    for name, sure in named.items():
        fitting = name not in declared or column.fits(declared[name].type)
        yield name, sure if fitting else sure * 0.4, "name"
    if column.is_empty:
        return
    for name, field in declared.items():
        if name not in named and (sure := _by_content(record, field, column, keys)):
            yield name, sure, "content"


def _named(record: str, header: str) -> Iterator[tuple[str, float]]:
    """Fields by the header's words; of several columns that of the lowest rank is preferred."""
    known = vocabulary.fields(record)
    word = vocabulary.squeezed(header)
    if word in known:
        yield known[word].field, 1.0 - known[word].rank / 400
        return
    if vocabulary.of_other(record, header):
        return
    rest = next((part for part in vocabulary.own(record, word) if part in known), None)
    if rest:
        yield known[rest].field, 0.97 - known[rest].rank / 400
        return
    if (told := vocabulary.senses(record).get(vocabulary.sense(header))) and word.isascii():
        yield told.field, 0.8 - told.rank / 400
        return
    near = _near(word, known)
    if near is not None:
        yield known[near].field, 0.7 if len(near) > _SHORT else 0.6


def _near(word: str, known: Mapping[str, vocabulary.Word]) -> str | None:
    """A known word but for a typing error, or a Chinese one at the end or the beginning."""
    if not word.isascii():
        here = [k for k in known if len(k) >= _SHORT and not k.isascii()]
        ends = [k for k in here if word.endswith(k)] or [k for k in here if word.startswith(k)]
        return max(ends, key=len, default=None)
    near = [k for k in known if len(k) == len(word) >= 6]  # Contacts are not one contact
    alike = {k: SequenceMatcher(None, word, k).ratio() for k in near}
    best = max(alike, key=alike.__getitem__, default=None)
    return best if best is not None and alike[best] >= 0.8 else None


def _by_content(record: str, field: Field, column: Column, keys: Keys) -> float:
    """How surely the cells alone tell the field."""
    about = field.about
    if about.choices:
        return 0.6 * (column.choices(vocabulary.values(record, field.name)) == 1)
    if about.refers and about.refers != SECTIONS[record].TABLE:
        ids = keys.get(section(BY_TABLE[about.refers]), frozenset())
        return 0.6 * (len(column.distinct) > 1 and column.among(ids) >= 0.9)
    if field.name == "email":
        return 0.7 * column.is_mail
    return 0.6 * (field.name == "phone" and column.is_phone)


def _last_day(
    declared: Mapping[str, Field], columns: Sequence[Column], given: Mapping[str, Guess]
) -> dict[str, Guess]:
    """A required day where only one column is left that can be it."""
    taken = {guess.field for guess in given.values()}
    free = [c for c in columns if c.header not in given and c.day_formats]
    open_ = [n for n, f in declared.items() if f.required and n not in taken and f.type in _DAYS]
    if len(free) == 1 and len(open_) == 1:
        return {free[0].header: Guess(free[0].header, open_[0], LIKELY, "content")}
    return {}


def _step(columns: Sequence[Column], given: Mapping[str, Guess]) -> dict[str, Guess]:
    """A status that says more than open, won and lost is the step of the pipeline."""
    known = vocabulary.values("deal", "status")
    says_more = {c.header for c in columns if c.is_empty or c.choices(known) < 1}
    return {
        header: replace(guess, field="stage")
        for header, guess in given.items()
        if guess.field == "status" and header in says_more
    }

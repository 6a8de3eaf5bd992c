"""What the columns, files and cells of an export may be called: declared words and synonyms."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from data.importing import mapping as mappings
from data.importing.grammar import Feed
from data.importing.mapping import SECTIONS
from data.records import Field, Record

_FILE = Path(__file__).parent / "headers.toml"
_PARTS = (  # of a header, in this order: what stands for a blank
    (r"#\d+$", ""),  # a header that occurs twice
    (r"__[cr]\b", " "),  # Salesforce's mark of own fields
    (r"(?<=[a-z0-9])(?=[A-Z])", " "),
    (r"[\W_]+", " "),
)


class Word(NamedTuple):
    """A word for a field; a lower rank is preferred among columns that fit."""

    field: str
    rank: int


def squeezed(text: str) -> str:
    """A header or cell without blanks, marks, capitals and full-width letters."""
    text = unicodedata.normalize("NFKC", text)
    for pattern, blank in _PARTS:
        text = re.sub(pattern, blank, text)
    return text.replace(" ", "").lower()


def sense(text: str) -> str:
    """An English header as its words in one order, each by the word that means the same."""
    text = unicodedata.normalize("NFKC", text)
    for pattern, blank in _PARTS:
        text = re.sub(pattern, blank, text)
    words = {_alike().get(word, word) for word in text.lower().split()}
    return " ".join(sorted(words - {""}))


@cache
def senses(record: str) -> Mapping[str, Word]:
    """Sense of a header -> the field it names, the best words first."""
    known: dict[str, Word] = {}
    for field, words in _words(record):
        for rank, word in enumerate(words):
            if (said := sense(word)) and word.isascii() and not known.get(said):
                known[said] = Word(field, rank)
    return MappingProxyType(known)


def own(record: str, header: str) -> list[str]:
    """The header without the record's own name in front: `title` of "Deal - Title".

    `header` is squeezed; several names may fit, "deal" and "deals".
    """
    found = [name for name in _names()[record] if header.startswith(name)]
    return [header.removeprefix(name) for name in found if len(header) > len(name)]


def of_other(record: str, header: str) -> bool:
    """A header "Organization - Name" is of another record, as its dash says."""
    front, dash, _ = header.partition(" - ")
    named = squeezed(front)
    return (
        bool(dash)
        and any(named in names for other, names in _names().items() if other != record)
        and named not in _names()[record]
    )


def kind_of_file(file: str) -> str | None:
    """What the visits of a file are, as its name tells: call, task, visit."""
    return _longest(file, _table("kinds"))


def record_of_file(file: str) -> str | None:
    """The record that a file's name tells, `""` for one that is none here, None for neither."""
    return _longest(file, {"": _table("apart")["names"], **_table("names")})


def is_apart(headers: Iterable[str]) -> bool:
    """A column tells that the rows are no record here."""
    known = {squeezed(word) for word in _table("apart")["columns"]}
    return any(squeezed(header) in known for header in headers)


@cache
def fields(record: str) -> Mapping[str, Word]:
    """Squeezed header -> the field it names, of a record by its section."""
    known: dict[str, Word] = {}
    for field, words in _words(record):
        for rank, word in enumerate(words):
            known.setdefault(squeezed(word), Word(field, rank))
    return MappingProxyType(known)


@cache
def values(record: str, field: str) -> Mapping[str, str]:
    """Squeezed cell -> choice, of a field that takes certain words only."""
    about = next(f.about for f in SECTIONS[record].fields() if f.name == field)
    known = {
        squeezed(said): code
        for code, words in about.choices.items()
        for said in (code, words.zh, words.en)
    }
    for code, said in _all().get("values", {}).get(f"{record}.{field}", {}).items():
        known |= {squeezed(word): code for word in said if squeezed(word) not in known}
    return MappingProxyType(known)


def _words(record: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each field with its words, the best first; pseudo-fields of headers.toml as well."""
    synonyms = _table(record) if record in _all() else {}
    declared = {field.name: field for field in importable(SECTIONS[record])}
    shipped = _shipped(record)
    for name, field in declared.items():
        about = (name, field.about.zh, field.about.en)
        yield name, (*synonyms.get(name, ()), *about, *shipped.get(name, ()))
    for name, words in synonyms.items():
        if name not in declared:
            yield name, tuple(words)


def importable(record: type[Record]) -> list[Field]:
    """The fields a source can fill: not an id that the store makes from others."""
    made = len(record.KEY) > 1
    return [f for f in record.fields() if f.about.in_import and not (made and f.name == "id")]


@cache
def _shipped(record: str) -> dict[str, tuple[str, ...]]:
    """Headers that the shipped mappings read plainly into a field."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(mappings.SHIPPED.glob("*.toml")):
        for feed in mappings.load(path).feeds.get(SECTIONS[record].__name__, ()):
            for field, header in _plain(feed):
                found[field] = (*found.get(field, ()), header)
    return found


def _plain(feed: Feed) -> Iterator[tuple[str, str]]:
    """Fields that take a column as it is, and which no other field takes.

    A header of one word, such as Type, means something else in every system.
    """
    taken = [header for column in feed.columns.values() for header in column.headers]
    for field, column in feed.columns.items():
        is_plain = column.model_fields_set == {"column"} and len(column.column) == 1
        if is_plain and taken.count(column.column[0]) == 1 and not column.column[0].isalpha():
            yield field, column.column[0]


def _longest(file: str, known: Mapping[str, Iterable[str]]) -> str | None:
    """Whose word the file's name ends with, or has; the longest counts, then the last."""
    stem = Path(re.sub(r"\.(csv|xlsx?|xlsm|xlsb|ods|txt|tsv|parquet)$", "", file, flags=re.I)).name
    parts = [part for part in re.split(r"[\W_\d]+|(?<=[a-z])(?=[A-Z])", stem) if part]
    runs = {
        squeezed("".join(parts[start:end])): (end - start, start)
        for start in range(len(parts))
        for end in range(start + 1, len(parts) + 1)
    }
    found = [
        (runs[squeezed(word)], name)
        for name, words in known.items()
        for word in words
        if squeezed(word) in runs
    ]
    found += [
        ((len(word), 0), name)  # Chinese names have no blanks
        for name, words in known.items()
        for word in words
        if not word.isascii() and word in stem
    ]
    return max(found)[1] if found else None


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Squeezed names of each record, the longest first."""
    table = _table("names")
    return {
        section: tuple(
            sorted(
                {squeezed(w) for w in (*table.get(section, ()), *SECTIONS[section].WORDS)},
                key=len,
                reverse=True,
            )
        )
        for section in SECTIONS
    }


@cache
def _alike() -> Mapping[str, str]:
    return {word: said for said, words in _table("alike").items() for word in words}


@cache
def _all() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _table(name: str) -> dict[str, list[str]]:
    return _all()[name]  # type: ignore[return-value]

"""Whether the files of a folder have what a mapping asks of them, before a row is read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from data.importing.errors import FileError, MappingError, Problem
from data.importing.files import HIDDEN, Folder
from data.importing.grammar import Column, Feed, Mapping, Unpivot
from data.importing.mapping import section
from data.records import RECORDS, Record


@dataclass(frozen=True)
class Plan:
    """One feed as it will be read: each field with the header that this file has."""

    record: type[Record]
    feed: Feed
    fields: dict[str, Column]


def plans(mapping: Mapping, folder: Folder) -> list[Plan]:
    """The feeds whose files are there, in an order in which references come first.

    Raises:
        MappingError: a file or a column is missing or damaged; everything found is listed.
    """
    problems: list[Problem] = []
    ready: list[Plan] = []
    for name, record in RECORDS.items():
        for feed in mapping.feeds.get(name, ()):
            if feed.file and feed.optional and not folder.has(feed.file):
                continue
            try:
                headers = _headers(feed, folder)
                fields = dict(_present(feed, headers))
                problems += _missing(record, feed, fields, headers, folder)
                ready.append(Plan(record, feed, fields))
            except FileError as error:
                problems.append(error.problem)
    if not ready and not problems:
        files = {"files": ", ".join(f.file for fs in mapping.feeds.values() for f in fs if f.file)}
        problems.append(Problem(str(folder.path), "no_files", files))
    if problems:
        distinct = [p for number, p in enumerate(problems) if p not in problems[:number]]
        raise MappingError(mapping.name, distinct)
    return ready


def _headers(feed: Feed, folder: Folder) -> list[str]:
    """The columns a field may name: those of the file, and the two that unpivoting makes."""
    if feed.file is None:
        return sorted({name for row in feed.rows for name in row})
    headers = [name for name in folder.table(feed.file).columns if name not in HIDDEN]
    if feed.unpivot:
        headers += [feed.unpivot.header, feed.unpivot.cell]
    return headers


def _present(feed: Feed, headers: list[str]) -> Iterator[tuple[str, Column]]:
    """The fields this file fills, each with the first of its alternative headers."""
    for name, column in feed.fields.items():
        found = [header for header in column.column if header in headers]
        if found:
            yield name, column.model_copy(update={"column": (found[0],)})
        elif not column.column or not column.optional:
            yield name, column


def _missing(
    record: type[Record], feed: Feed, fields: dict[str, Column], headers: list[str], folder: Folder
) -> Iterator[Problem]:
    source = feed.file or section(record)
    asked = [*feed.where, *feed.group_by, *(feed.unpivot.columns if feed.unpivot else ())]
    if feed.unpivot:
        yield from _taken(source, feed.unpivot, headers)
    for column in fields.values():
        asked += [*column.headers, *column.number_within]
        asked += [name for name in (column.times, column.minus) if name]
        asked += [name for name in column.when if name not in fields]
        for hop in column.lookup:
            table = [name for name in folder.table(hop.file).columns if name not in HIDDEN]
            yield from _absent(hop.file, [hop.key, hop.take], table)
    yield from _absent(source, asked, headers)
    for field in record.fields():
        made = field.name == "id" and len(record.KEY) > 1
        if field.required and not made and field.name not in fields:
            names = " / ".join(feed.fields[field.name].column)
            yield Problem(source, "column_missing", {"column": names, **_known(names, headers)})


def _taken(file: str, unpivot: Unpivot, headers: list[str]) -> Iterator[Problem]:
    """The two columns that unpivoting makes must not be columns already."""
    for name in (unpivot.header, unpivot.cell):
        if headers.count(name) > 1:
            yield Problem(file, "column_exists", {"column": name})


def _absent(file: str, asked: Iterable[str], headers: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(asked):
        if name not in headers:
            yield Problem(file, "column_missing", {"column": name, **_known(name, headers)})


def _known(name: str, headers: list[str]) -> dict[str, str]:
    """The headers there are, those first that look like the one asked for."""
    near = get_close_matches(name, headers, n=3, cutoff=0.6)
    rest = [header for header in headers if header not in near]
    return {"known": ", ".join([*near, *rest])}

"""The CSV template: one file per kind of record, for departments without a system to export."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from data.importing.errors import TemplateExistsError
from data.importing.grammar import Column, Feed, Mapping
from data.importing.mapping import section
from data.records import BY_TABLE, RECORDS, Field, Record, Target

NAME = "yeji"  # of the mapping that reads the filled template


def mapping() -> Mapping:
    """The mapping that reads the template, in either language and as CSV or spreadsheet.

    A file or column that is not there leaves its records or fields alone.
    """
    feeds: dict[str, tuple[Feed, ...]] = {
        name: (
            Feed(
                file=f"{record.TABLE}.*",
                optional=True,
                columns={field.name: _column(field) for field in asked(record)},
            ),
        )
        for name, record in RECORDS.items()
    }
    return Mapping(name=NAME, feeds=feeds)


def asked(record: type[Record]) -> Iterator[Field]:
    """The fields a source can fill: not an id that the store makes from others."""
    for field in record.fields():
        if field.about.in_import and (field.name != "id" or len(record.KEY) == 1):
            yield field


def write(folder: Path, language: str) -> list[Path]:
    """Write the template with an example row in each file; the files' paths.

    Raises:
        TemplateExistsError: one of the files is there already; none is written.
    """
    files = {folder / f"{record.TABLE}.csv": record for record in RECORDS.values()}
    for path in files:
        if path.exists():
            raise TemplateExistsError(path=path)
    folder.mkdir(parents=True, exist_ok=True)
    for path, record in files.items():
        row = {f.about.words(language): _example(record, f, language) for f in asked(record)}
        table = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))
        path.write_bytes(("\ufeff" + table.write_csv(line_terminator="\r\n")).encode())
    return list(files)


def _column(field: Field) -> Column:
    words = field.about.words
    choices = {
        said: code
        for code, name in field.about.choices.items()
        for said in (code, name.zh, name.en)
    }
    headers = tuple(dict.fromkeys((field.name, words.zh, words.en)))
    return Column(column=headers, optional=True, values=choices)


def _example(record: type[Record], field: Field, language: str) -> str:
    """What the example row says; rows of the template refer to each other."""
    if field.name == "id":
        return _example_id(record)
    if record is Target and field.name == "subject":
        return _example_id(RECORDS["Rep"])
    refers = field.about.refers
    if refers and refers != record.TABLE and field.name != "manager_id":
        return _example_id(BY_TABLE[refers])
    example = field.about.example
    choices = field.about.choices
    return choices[example](language) if example in choices else example


def _example_id(record: type[Record]) -> str:
    return f"{section(record)}-1"

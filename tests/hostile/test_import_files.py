"""No file of an import does more than to be read or refused in one sentence."""

import struct
import time
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from xlsxwriter import Workbook

from data.importing import limits, uploads
from data.importing.errors import FileError
from data.importing.files import read
from data.importing.grammar import FileOptions
from pages.ui import i18n
from tests.hostile import crafted
from tests.running import ROOT

GOOD = 'id,name,note\r\n1,苏州恒远精密,"a\r\nb"\r\n2,上海新达,x\r\n'
XLS = ROOT / "tests" / "data" / "files" / "visits.xls"
CODECS = ("hex", "rot13", "idna", "undefined", "utf-7", "punycode", "unicode_escape", "mbcs")
SHEET = "xl/worksheets/sheet1.xml"


def told(path, **options):
    """The problem with a file; None where it was read."""
    try:
        read(path, FileOptions(**options))
    except FileError as error:
        for language in i18n.LANGUAGES:  # a sentence exists and can be filled
            assert i18n.text(language, f"errors.{error.problem.code}", **error.problem.values)
        assert error.problem.place == path.name
        return error.problem.code
    return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def good(folder):
    """A small workbook."""
    path = folder / "good.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((("id", "name"), ("1", "苏州恒远精密"))):
            sheet.write_row(row, 0, cells)
    return path


@pytest.fixture
def remade(good, tmp_path):
    """The good workbook with one part changed."""

    def remake(name, change):
        path = tmp_path / "crafted.xlsx"
        with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.infolist():
                content = old.read(part)
                new.writestr(part.filename, change(content) if part.filename == name else content)
        return path

    return remake


def with_rows(rows):
    return lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>")


# ---- text files


@given(
    data=st.one_of(
        st.binary(max_size=300),
        crafted.mutated(GOOD.encode()),
        crafted.mutated(GOOD.encode("gb18030")),
        crafted.mutated(GOOD.encode("utf-16")),
        st.lists(st.lists(crafted.texts, max_size=5).map(",".join), max_size=6)
        .map("\n".join)
        .map(str.encode),
    )
)
def test_any_bytes_are_a_text_file_or_one_problem(folder, data):
    path = folder / "any.csv"
    path.write_bytes(data)
    told(path)


@given(
    options=st.fixed_dictionaries(
        {},
        optional={
            "delimiter": crafted.texts,
            "encoding": st.one_of(crafted.texts, st.sampled_from(CODECS)),
            "header_line": st.integers(-(2**70), 2**70),
        },
    )
)
def test_any_options_of_a_text_file_are_taken_or_one_problem(folder, options):
    path = folder / "good.csv"
    path.write_text(GOOD, encoding="utf-8")
    try:
        told(path, **options)
    except ValidationError:  # the mapping is refused for it
        return


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * 10_000_000, "header_wrong"),
        (b'id,name\n"' + b"x" * 10_000_000, "quotes_wrong"),
        (b"," * 100_000, "columns_too_many"),
        (b"id\n" * (limits.MOST_ROWS + 2), "rows_too_many"),
        (b",".join([b"c"] * 900) + b"\n" * 100_000, "cells_too_many"),
        (b"\0" * 1_000, None),
    ],
    ids=["an endless line", "an endless cell", "columns", "rows", "cells", "zero bytes"],
)
def test_a_text_without_end_is_refused(tmp_path, content, code):
    path = tmp_path / "endless.csv"
    path.write_bytes(content)
    assert told(path) == code


# ---- spreadsheets


def test_a_file_of_a_gigabyte_is_refused_before_it_is_read(tmp_path):
    for name in ("a.csv", "a.xlsx", "a.xls", "a.parquet"):
        with (tmp_path / name).open("wb") as sparse:
            sparse.truncate(2**30)
        began = time.process_time()
        assert told(tmp_path / name) == "file_too_large"
        assert time.process_time() - began < 0.1


def test_a_packed_sheet_that_unpacks_a_hundredfold_is_not_opened(remade):
    row = b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"x" * 30_000_000 + b"</t></is></c></row>"
    path = remade(SHEET, with_rows(row))
    assert path.stat().st_size < 100_000
    assert told(path) == "file_unpacks_too_large"


def test_a_packed_sheet_that_lies_of_its_size_ends_no_more_than_its_own_process(
    remade, monkeypatch
):
    row = b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"x" * 30_000_000 + b"</t></is></c></row>"
    path = remade(SHEET, with_rows(row))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as packed:
        size = struct.pack("<L", packed.getinfo(SHEET).file_size)
    path.write_bytes(data.replace(size, struct.pack("<L", 1_000)))
    monkeypatch.setattr(limits, "MOST_MEMORY", 2**28)
    assert told(path) == "file_damaged"


def test_a_cell_at_the_end_of_the_sheet_asks_for_no_memory(tmp_path):
    path = tmp_path / "far.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "id")
        sheet.write(1_048_575, 16_383, "x")
    assert told(path) == "file_damaged"


def test_hundreds_of_thousands_of_empty_rows_are_no_rows(remade):
    rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (i, i) for i in range(3, 300_000))
    path = remade(SHEET, with_rows(rows))
    assert read(path, FileOptions()).height == 1


def entities(sheet):
    nested = b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 10))
    cell = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&a9;</t></is></c></row>'
    head = b'<!DOCTYPE x [<!ENTITY a0 "ha">' + nested + b"]><worksheet"
    return with_rows(cell)(sheet.replace(b"<worksheet", head, 1))


def outside(sheet):
    head = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><worksheet'
    cell = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&a;</t></is></c></row>'
    return with_rows(cell)(sheet.replace(b"<worksheet", head, 1))


@pytest.mark.parametrize(
    "change",
    [entities, outside, with_rows(b'<row r="3"><c r="A3">' + b"<x>" * 1_000_000 + b"</c></row>")],
    ids=["entities within entities", "a file as an entity", "elements a million deep"],
)
def test_xml_that_is_no_sheet_is_one_problem(remade, change):
    assert told(remade(SHEET, change)) == "file_damaged"


@pytest.mark.parametrize(
    ("extension", "content"),
    [("xlsx", GOOD.encode()), ("xlsx", b"PK\x03\x04"), ("xls", b""), ("parquet", b"PAR1" * 50)],
    ids=["a text", "a broken package", "nothing", "half a Parquet file"],
)
def test_a_file_of_another_kind_than_its_name_says_is_one_problem(tmp_path, extension, content):
    path = tmp_path / f"wrong.{extension}"
    path.write_bytes(content)
    assert told(path) == "file_damaged"


@settings(max_examples=settings().max_examples // 20)
@given(data=crafted.mutated(XLS.read_bytes()))
def test_a_damaged_spreadsheet_is_read_or_one_problem(folder, data):
    path = folder / "damaged.xls"
    path.write_bytes(data)
    told(path)


@given(crafted.texts)
@example("../../victim.csv")
@example("C:\\victim.csv")
def test_any_name_of_an_upload_stays_in_its_folder(folder, name):
    inside = folder / "uploads"
    inside.mkdir(exist_ok=True)
    kept = uploads.keep(inside, name, b"")
    assert (inside / kept).resolve().parent == inside.resolve()
    (inside / kept).unlink()


def test_what_is_told_of_an_upload_that_is_too_large_names_no_path(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", 1)
    with pytest.raises(FileError) as error:
        uploads.keep(tmp_path, "../../victim.csv", b"ab")
    assert error.value.problem.place == "victim.csv"


def test_a_workbook_that_is_named_as_a_text_is_one_problem(good, tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_bytes(good.read_bytes())
    assert told(path) is not None

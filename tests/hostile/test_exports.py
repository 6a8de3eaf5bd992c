"""Nothing that somebody typed runs, links or breaks in a file that a spreadsheet opens."""

import csv
import io

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.compare import CONFLICTS
from data.importing import conflict_file
from data.importing.filled import REJECTS
from pages.ui import export, import_words
from pages.ui.readable import Reader
from tests.hostile import crafted

EN = Reader("en", "Asia/Shanghai")
RUNS = "=+-@＝＋－＠"  # with one of these, after blanks, a spreadsheet takes a text for a formula
BEFORE = " \t\r\n'\u3000"
texts = st.one_of(
    crafted.texts,
    st.tuples(st.text(BEFORE, max_size=2), st.sampled_from(RUNS), crafted.texts).map("".join),
)
columns = st.lists(texts, min_size=1, max_size=5)


def is_inert(cell):
    return not (cell.lstrip()[:1] in set(RUNS) or cell[:1] in set("\t\r\n"))


def cells(data):
    """All cells of a CSV as a spreadsheet splits it."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(columns)
def test_no_cell_of_a_csv_runs(values):
    rows = cells(export.csv_bytes(pl.DataFrame({"rep": values, "region": values}), EN))
    assert len(rows) == len(values) + 1
    for row, value in zip(rows[1:], values, strict=True):
        assert all(is_inert(cell) for cell in row)
        assert row[0] in (value, f"'{value}")


@given(columns)
def test_no_cell_of_a_workbook_runs_or_links(values):
    data = export.xlsx_bytes(pl.DataFrame({"rep": values}), EN, "Reps")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet.max_row == len(values) + 1
    for (cell,) in sheet.iter_rows(min_row=2):
        assert cell.data_type in "sn"  # a text, or nothing
        assert cell.hyperlink is None
        assert is_inert(cell.value or "")


@pytest.mark.parametrize("text", ["http://evil.example/a", "mailto:a@b", "internal:Reps!A1"])
def test_an_address_in_a_cell_is_a_text(text):
    data = export.xlsx_bytes(pl.DataFrame({"rep": [text]}), EN, "Reps")
    cell = openpyxl.load_workbook(io.BytesIO(data)).active["A2"]
    assert (cell.value, cell.hyperlink) == (text, None)


def test_a_text_longer_than_a_cell_takes_is_cut_and_not_lost():
    data = export.xlsx_bytes(pl.DataFrame({"rep": ["长" * 40_000]}), EN, "Reps")
    value = openpyxl.load_workbook(io.BytesIO(data)).active["A2"].value
    assert value.startswith("长长")
    assert len(value) == 32_767


@given(columns)
def test_no_refused_or_conflicting_value_runs(tmp_path_factory, values):
    refused = pl.DataFrame(
        [{"file": value, "column": value, "value": value, "code": "required"} for value in values],
        schema=REJECTS,
    )
    assert all(
        is_inert(cell) for row in cells(import_words.rejects_csv(refused, "zh")) for cell in row
    )
    path = tmp_path_factory.getbasetemp() / "conflicts.csv"
    found = pl.DataFrame([dict.fromkeys(CONFLICTS, value) for value in values], schema=CONFLICTS)
    conflict_file.write(path, found)
    assert all(is_inert(cell) for row in cells(path.read_bytes()) for cell in row)
    again = conflict_file.choices(path)
    assert again.height <= len(values)

import io
from datetime import date

import openpyxl
import polars as pl
import pytest

from pages.ui import export

ROWS = pl.DataFrame(
    {
        "rank": [1, 2],
        "rep": ["陈立群", "=cmd|' /C calc'!A0"],
        "won_amount": [149_032_600_000, -12_345],
        "margin_rate": [0.304, None],
        "closed_on": [date(2026, 11, 23), None],
        "status": ["won", "lost"],
        "trend": [[1, 2], [3, 4]],
    }
)


def test_csv_opens_in_excel_with_chinese_intact():
    raw = export.csv_bytes(ROWS, "zh")
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    assert text.splitlines()[0] == "名次,业务员,成交额,毛利率,结束日,状态"
    assert text.splitlines()[1] == "1,陈立群,14903260.00,0.304,2026-11-23,赢单"
    assert text.endswith("\r\n")


def test_csv_keeps_every_decimal_and_unknown_stays_empty():
    rows = pl.read_csv(io.BytesIO(export.csv_bytes(ROWS, "en")))
    assert rows["Won"].to_list() == [14903260.0, -1.2345]
    assert rows["Margin"].to_list() == [0.304, None]


@pytest.mark.parametrize(
    "text", ["=1+1", " =1", "+1", "-1", "@x", "＝1", "－1", "\t=1", "\r=1", "\n=1"]
)
def test_a_text_that_a_spreadsheet_would_run_is_inert(text):
    rows = pl.DataFrame({"rep": [text]})
    assert export.inert(rows)["rep"][0] == "'" + text
    sheet = openpyxl.load_workbook(io.BytesIO(export.xlsx_bytes(rows, "en", "Reps"))).active
    assert sheet["A2"].data_type == "s"


def test_xlsx_has_typed_cells_and_words():
    book = openpyxl.load_workbook(io.BytesIO(export.xlsx_bytes(ROWS, "zh", "排名")))
    sheet = book.active
    assert sheet.title == "排名"
    assert [cell.value for cell in sheet[1]] == [
        "名次",
        "业务员",
        "成交额",
        "毛利率",
        "结束日",
        "状态",
    ]
    assert sheet["C2"].value == 14903260
    assert sheet["D2"].number_format == "0.0%"
    assert sheet["E2"].value.date() == date(2026, 11, 23)

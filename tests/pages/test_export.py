import io
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest

from pages.ui import export
from pages.ui.readable import Reader

ZH, EN = Reader("zh", "Asia/Shanghai"), Reader("en", "Asia/Shanghai")
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
    raw = export.csv_bytes(ROWS, ZH)
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    assert text.splitlines()[0] == "名次,业务员,成交额,毛利率,结束日,状态"
    assert text.splitlines()[1] == "1,陈立群,14903260.00,0.304,2026-11-23,赢单"
    assert text.endswith("\r\n")


def test_csv_keeps_every_decimal_and_unknown_stays_empty():
    rows = pl.read_csv(io.BytesIO(export.csv_bytes(ROWS, EN)))
    assert rows["Won"].to_list() == [14903260.0, -1.2345]
    assert rows["Margin"].to_list() == [0.304, None]


@pytest.mark.parametrize(
    "text", ["=1+1", " =1", "+1", "-1", "@x", "＝1", "－1", "\t=1", "\r=1", "\n=1"]
)
def test_a_text_that_a_spreadsheet_would_run_is_inert(text):
    rows = pl.DataFrame({"rep": [text]})
    assert export.inert(rows)["rep"][0] == "'" + text
    sheet = openpyxl.load_workbook(io.BytesIO(export.xlsx_bytes(rows, EN, "Reps"))).active
    assert sheet["A2"].data_type == "s"


def test_xlsx_has_typed_cells_and_words():
    book = openpyxl.load_workbook(io.BytesIO(export.xlsx_bytes(ROWS, ZH, "排名")))
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


MOMENTS = pl.DataFrame({"rep": ["An"], "due_at": [datetime(2026, 11, 20, 16, 30, 59)]})


def test_moments_are_the_department_s_to_the_minute():
    text = export.csv_bytes(MOMENTS, EN).decode("utf-8-sig")
    assert text.splitlines()[1] == "An,2026-11-21 00:30"
    sheet = openpyxl.load_workbook(io.BytesIO(export.xlsx_bytes(MOMENTS, EN, "Reports"))).active
    assert sheet["B2"].value == datetime(2026, 11, 21, 0, 30, 59)
    assert sheet["B2"].number_format == "yyyy-mm-dd hh:mm"


@pytest.mark.parametrize(
    ("by", "language", "group"),
    [("size", "zh", "大型"), ("region", "en", "Shanghai"), ("product", "en", "large")],
)
def test_groups_are_worded_as_the_dimension_they_are(by, language, group):
    code = {"region": "上海"}.get(by, "large")
    rows = pl.DataFrame({"group": [code, None], "won": [1, 2]})
    text = export.csv_bytes(rows, Reader(language, "UTC", by=by)).decode("utf-8-sig")
    assert text.splitlines()[1:] == [f"{group},1", ",2"]


@pytest.mark.parametrize(("language", "words"), [("zh", ["报价", "X9"]), ("en", ["Quote", "X9"])])
def test_a_stage_is_one_column_with_its_name_or_its_id(language, words):
    rows = pl.DataFrame(
        {"stage": ["s1", "X9"], "stage_zh": ["报价", None], "stage_en": ["Quote", None]},
        schema_overrides={"stage": pl.Categorical},
    )
    text = export.csv_bytes(rows, Reader(language, "UTC")).decode("utf-8-sig")
    assert text.splitlines()[1:] == words

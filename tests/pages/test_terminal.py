import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from pages.ui import terminal
from pages.ui.readable import Reader

ZH, EN = Reader("zh", "Asia/Shanghai"), Reader("en", "Asia/Shanghai")
ROWS = pl.DataFrame(
    {
        "rank": [1, 2, None],
        "rep_id": ["R1", "R2", "R3"],
        "rep": ["陈立群", "Wu\nFang", "Li\x1b[31m"],
        "won_amount": [149_032_600_000, -1, None],
        "margin_rate": [0.304, -0.1, None],
        "closed_on": [date(2026, 1, 2), None, None],
        "trend": [[10_000, 5], [], None],
    },
    schema_overrides={"trend": pl.List(pl.Int64)},
)


def test_columns_line_up_under_their_heads_with_wide_characters():
    assert terminal.table_text(ROWS, ZH, "CNY") == (
        "名次  业务员           成交额  毛利率      结束日\n"
        "----  ------           ------  ------      ------\n"
        "   1  陈立群   ¥14,903,260.00   30.4%  2026-01-02\n"
        "   2  Wu Fang          −¥0.00  −10.0%           —\n"
        "   —  Li [31m               —       —           —\n"
    )


def test_two_rows_stand_beside_their_names():
    lines = terminal.table_text(ROWS.head(2), EN, "USD").splitlines()
    assert [line.split()[0] for line in lines] == ["Rank", "Rep", "Won", "Margin", "Closed"]
    assert lines[2].split()[1:] == ["$14,903,260.00", "−$0.00"]


def test_moments_are_the_department_s_to_the_minute():
    rows = pl.DataFrame({"rep": ["An"], "due_at": [datetime(2026, 11, 20, 16, 30, 59)]})
    assert terminal.table_text(rows, EN, "CNY").splitlines()[1].endswith(" 2026-11-21 00:30")


@pytest.mark.parametrize(("language", "words"), [("zh", "没有"), ("en", "Nothing")])
def test_no_rows_say_so(language, words):
    assert words in terminal.table_text(ROWS.clear(), Reader(language, "UTC"), "CNY")


def test_json_is_exact():
    first, second, third = json.loads(terminal.json_text(ROWS), parse_float=Decimal)
    assert first["won_amount"] == Decimal("14903260.00")
    assert second["won_amount"] == Decimal("-0.0001")
    assert third["won_amount"] is None
    assert first["trend"] == [1, Decimal("0.0005")]
    assert (second["trend"], third["trend"]) == ([], None)
    assert first["closed_on"] == "2026-01-02"
    assert third["rep"] == "Li\x1b[31m"


def test_json_keeps_the_largest_amount_of_the_store():
    rows = pl.DataFrame({"won_amount": [10**18 - 1]})
    [row] = json.loads(terminal.json_text(rows), parse_float=Decimal)
    assert row["won_amount"] == Decimal("99999999999999.9999")


def test_json_of_no_rows_is_an_empty_list():
    assert json.loads(terminal.json_text(ROWS.clear())) == []

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importing import dates, numbers


def number(text: str, decimal: str = ".", thousands: str = ",") -> Decimal | None:
    return numbers.parse(pl.Series([text]), decimal, thousands)[0]


def day(text: str, *formats: str, zone: str = "Asia/Shanghai") -> date | None:
    return dates.days(pl.Series([text]), formats, zone)[0]


def moment(text: str, *formats: str, zone: str = "Asia/Shanghai") -> datetime | None:
    return dates.moments(pl.Series([text]), formats, zone)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.5"),
        ("12,34,567", "1234567"),
        ("¥ 12.5万", "125000"),
        ("￥１２万", "120000"),
        ("1.2亿元", "120000000"),
        ("3.2M USD", "3200000"),
        ("12k", "12000"),
        ("NT$5", "5"),
        ("800 元", "800"),
        ("(1,234.50)", "-1234.5"),
        ("-¥3", "-3"),
        ("¥-3", "-3"),
        ("3-", "-3"),
        ("−3", "-3"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("0.1", "0.1"),
    ],
)
def test_a_number_as_people_write_it(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["1,5", "1,2345", "5kg", "5mio", "--3", "1.2.3", "n/a", "0x5"])
def test_what_is_no_number_is_none(text):
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "thousands", "value"),
    [("1.234,50", ".", "1234.5"), ("1 234,5", " ", "1234.5"), ("1\u00a0234", " ", "1234")],
)
def test_marks_may_be_exchanged(text, thousands, value):
    assert number(text, ",", thousands) == Decimal(value)


@given(st.decimals(-(10**12), 10**12, places=4), st.sampled_from([(".", ","), (",", ".")]))
def test_a_formatted_number_is_read_back(value, marks):
    decimal, thousands = marks
    text = f"{value:,.4f}".translate(str.maketrans(".,", decimal + thousands))
    assert number(text, decimal, thousands) == value


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-08",
        "2026/1/8",
        "2026.01.08",
        "2026年1月8日",
        "2026-01-08 00:00:00",
        "2026-01-08 23:59",
        "2026-01-08T15:59:59Z",
        "2026-01-07T16:00:00.000+0000",
    ],
)
def test_a_day_with_the_year_first_needs_no_format(text):
    assert day(text) == date(2026, 1, 8)


def test_several_formats_in_one_column_are_tried_in_order():
    texts = pl.Series(["08/01/2026", "Jan 8, 2026", "01/30/2026", "2026-01-08", None])
    found = dates.days(texts, ["DD/MM/YYYY", "MM/DD/YYYY", "MMM D, YYYY"], "UTC")
    assert found.to_list() == [
        date(2026, 1, 8),
        date(2026, 1, 8),
        date(2026, 1, 30),
        date(2026, 1, 8),
        None,
    ]


@pytest.mark.parametrize("text", ["2026-02-30", "17-01-02", "0017-01-02", "08/01/2026", "soon"])
def test_what_fits_no_format_is_no_day(text):
    assert day(text) is None


def test_a_month_is_its_first_day():
    assert day("2019-07", "YYYY-MM") == date(2019, 7, 1)


def test_a_moment_without_offset_is_local_time():
    assert moment("2026-01-08 09:30") == datetime(2026, 1, 8, 1, 30)
    assert moment("08/01/26 9:30 PM", "DD/MM/YY hh:mm A") == datetime(2026, 1, 8, 13, 30)


def test_a_moment_with_an_offset_says_itself_when_it_was():
    assert moment("2026-01-08T09:30:00+02:00") == datetime(2026, 1, 8, 7, 30)


def test_the_hour_that_summer_time_skips_is_the_one_after():
    new_york = "America/New_York"
    assert moment("2017-03-12 02:30:00", zone=new_york) == datetime(2017, 3, 12, 7, 30)


def test_of_the_hour_that_comes_twice_the_first_is_meant():
    new_york = "America/New_York"
    assert moment("2017-11-05 01:30:00", zone=new_york) == datetime(2017, 11, 5, 5, 30)


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0))
)
def test_a_moment_in_utc_is_read_back(value):
    assert moment(value.isoformat(sep=" "), zone="UTC") == value
    assert day(value.isoformat(), zone="UTC") == value.date()

from decimal import Decimal

import pytest

from pages.ui import amounts
from pages.ui.amounts import Unreadable


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1244200", "1244200"),
        ("1,244,200.50", "1244200.50"),
        ("124.42万", "1244200"),
        ("0.5 亿", "50000000"),
        ("¥ 1.2M", "1200000"),
        ("12k", "12000"),
        ("３５０００元", "35000"),
        ("−5", "-5"),
        ("0.0001", "0.0001"),
    ],
)
def test_an_amount_is_read_exactly(typed, amount):
    assert amounts.read(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["1,5", "abc", "1.2.3", "12万万", "1e5", "nan", "10 %", ","])
def test_what_is_no_amount_is_handed_back(typed):
    assert amounts.read(typed) == Unreadable(typed)


@pytest.mark.parametrize("typed", [None, "", "  "])
def test_an_empty_entry_is_no_amount(typed):
    assert amounts.read(typed) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1244200.0000", "1,244,200.00"),
        ("0.1234", "0.1234"),
        ("12.5", "12.50"),
        ("-1234.5", "-1234.5"),
    ],
)
def test_an_amount_is_shown_so_that_it_reads_back(amount, text):
    assert amounts.shown(Decimal(amount)) == text
    assert amounts.read(text) == Decimal(amount)


def test_no_amount_shows_nothing():
    assert amounts.shown(None) is None


@pytest.mark.parametrize(("typed", "number"), [("45", 45), (" 1,200 ", 1200), ("", None)])
def test_a_whole_number_is_read(typed, number):
    assert amounts.whole(typed) == number


@pytest.mark.parametrize("typed", ["1.5", "soon"])
def test_what_is_no_whole_number_is_handed_back(typed):
    assert amounts.whole(typed) == Unreadable(typed, "not_a_number")

from datetime import date, datetime

import pytest

from pages.ui import format as fmt


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (149_032_600_000, "¥1,490万", "¥14.9M"),
        (64_512_340_0000, "¥6,451万", "¥64.5M"),
        (6_450_000_0000, "¥645万", "¥6.45M"),
        (1_234_0000, "¥1,234", "¥1.23k"),
        (-432_000_0000, "−¥43.2万", "−¥432k"),
        (0, "¥0", "¥0"),
        (None, "—", "—"),
    ],
)
def test_money_has_three_significant_digits_and_the_language_s_unit(value, zh, en):
    assert fmt.money(value, "zh", "CNY") == zh
    assert fmt.money(value, "en", "CNY") == en


def test_exact_money_is_to_the_cent_with_a_true_minus():
    assert fmt.exact(149_032_600_000, "CNY") == "¥14,903,260.00"
    assert fmt.exact(-12_345, "USD") == "−$1.23"
    assert fmt.exact(None, "CNY") == "—"


def test_a_currency_has_its_own_sign():
    assert fmt.money(50_000_0000, "en", "USD") == "$50.0k"
    assert fmt.symbol("EUR") == "€"


def test_rates_and_points_say_unknown_as_a_dash():
    assert fmt.rate(0.3036) == "30.4%"
    assert fmt.rate(-0.112) == "−11.2%"
    assert fmt.rate(None) == "—"
    assert fmt.points(-0.012, "zh") == "1.2 百分点"
    assert fmt.points(0.012, "en") == "1.2 pts"


def test_dates_are_written_in_the_language():
    assert fmt.day(date(2026, 11, 23), "zh") == "2026年11月23日"
    assert fmt.day(date(2026, 11, 23), "en") == "23 Nov 2026"
    assert fmt.month(date(2026, 11, 1), "en") == "Nov 2026"
    assert fmt.moment(datetime(2026, 11, 23, 10, 42), "zh") == "2026年11月23日 10:42"


def test_axis_ticks_share_one_unit_and_zero_has_none():
    values, texts = fmt.ticks(15.4e6, "zh", "CNY")
    assert values == [0, 5e6, 1e7, 1.5e7, 2e7]
    assert texts == ["0", "¥500万", "¥1,000万", "¥1,500万", "¥2,000万"]


def test_names_inside_a_sentence_are_shown_as_typed():
    assert fmt.escaped("[x](http://a) **b**\n<i>") == (
        "\\[x\\]\\(http\\:\u2060//a\\) \\*\\*b\\*\\* \\<i\\>"
    )


@pytest.mark.parametrize(
    ("value", "words"), [(0.0123, "0.012"), (0.0009, "< 0.001"), (1.0, "1.000"), (None, "—")]
)
def test_a_p_value_is_never_shown_as_nothing(value, words):
    assert fmt.chance(value) == words

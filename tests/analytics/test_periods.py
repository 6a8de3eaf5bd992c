from datetime import date, datetime, timedelta

import pytest

from analytics import periods
from analytics.periods import DueRule, Period

SETTINGS = {
    "report_due_weekday": "5",
    "report_due_time": '"18:00"',
    "holidays": "[]",
    "timezone": '"Asia/Shanghai"',
}


def day(text):
    return date.fromisoformat(text)


def period(since, until):
    return Period(day(since), day(until))


def rule(**settings):
    return periods.due_rule(SETTINGS | settings)


@pytest.mark.parametrize(
    ("name", "as_of", "fiscal_month", "since", "until"),
    [
        ("month", "2026-11-23", 1, "2026-11-01", "2026-12-01"),
        ("month", "2026-12-31", 4, "2026-12-01", "2027-01-01"),
        ("quarter", "2026-11-23", 1, "2026-10-01", "2027-01-01"),
        ("quarter", "2026-03-31", 1, "2026-01-01", "2026-04-01"),
        ("quarter", "2026-01-15", 2, "2025-11-01", "2026-02-01"),
        ("year", "2026-11-23", 1, "2026-01-01", "2027-01-01"),
        ("year", "2026-03-31", 4, "2025-04-01", "2026-04-01"),
        ("year", "2026-04-01", 4, "2026-04-01", "2027-04-01"),
    ],
)
def test_a_preset_is_the_whole_period_that_holds_the_day(name, as_of, fiscal_month, since, until):
    assert periods.preset(name, day(as_of), fiscal_month) == period(since, until)


@pytest.mark.parametrize("fiscal_month", range(1, 13))
@pytest.mark.parametrize("name", ["month", "quarter", "year"])
def test_presets_follow_each_other_without_gap(name, fiscal_month):
    since = day("2023-06-15")
    for _ in range(40):
        chosen = periods.preset(name, since, fiscal_month)
        last = chosen.until - timedelta(days=1)
        assert periods.preset(name, chosen.since, fiscal_month) == chosen
        assert periods.preset(name, last, fiscal_month) == chosen
        since = chosen.until


PREVIOUS = {  # case: period, as of, the one before
    "finished month": ("2026-03-01 2026-04-01", "2026-06-30", "2026-02-01 2026-03-01"),
    "month, its last day": ("2026-02-01 2026-03-01", "2026-02-28", "2026-01-01 2026-02-01"),
    "running month": ("2026-03-01 2026-04-01", "2026-03-15", "2026-02-01 2026-02-16"),
    "longer than the one before": ("2026-03-01 2026-04-01", "2026-03-30", "2026-02-01 2026-03-01"),
    "running quarter": ("2026-10-01 2027-01-01", "2026-11-23", "2026-07-01 2026-08-24"),
    "two whole months of a quarter": (
        "2026-10-01 2027-01-01",
        "2026-11-30",
        "2026-07-01 2026-09-01",
    ),
    "running year": ("2024-01-01 2025-01-01", "2024-02-29", "2023-01-01 2023-03-01"),
    "two months": ("2026-03-01 2026-05-01", "2026-06-30", "2026-01-01 2026-03-01"),
    "week": ("2026-11-16 2026-11-23", "2026-12-01", "2026-11-09 2026-11-16"),
    "running week": ("2026-11-16 2026-11-23", "2026-11-18", "2026-11-09 2026-11-12"),
    "free days": ("2026-03-10 2026-03-20", "2026-06-30", "2026-02-28 2026-03-10"),
    "not begun": ("2026-12-01 2027-01-01", "2026-11-23", "2026-11-01 2026-11-01"),
}


@pytest.mark.parametrize(("current", "as_of", "expected"), PREVIOUS.values(), ids=PREVIOUS)
def test_the_previous_period_is_of_the_same_kind_and_cut_alike(current, as_of, expected):
    before = periods.previous(period(*current.split()), day(as_of))
    assert before == period(*expected.split())


LAST_YEAR = {  # case: period, as of, the same dates a year before
    "finished month": ("2026-03-01 2026-04-01", "2026-06-30", "2025-03-01 2025-04-01"),
    "running month": ("2026-11-01 2026-12-01", "2026-11-27", "2025-11-01 2025-11-28"),
    "running quarter": ("2026-10-01 2027-01-01", "2026-11-30", "2025-10-01 2025-12-01"),
    "to the leap day": ("2028-02-01 2028-03-01", "2028-02-29", "2027-02-01 2027-03-01"),
    "a whole February before a leap year's": (
        "2029-02-01 2029-03-01",
        "2029-02-28",
        "2028-02-01 2028-03-01",
    ),
    "the leap day alone": ("2028-02-29 2028-03-01", "2028-12-31", "2027-02-28 2027-03-01"),
    "free days over the leap day": (
        "2028-02-20 2028-03-05",
        "2028-12-31",
        "2027-02-20 2027-03-05",
    ),
    "week": ("2026-11-16 2026-11-23", "2026-12-01", "2025-11-16 2025-11-23"),
    "running year": ("2026-01-01 2027-01-01", "2026-11-23", "2025-01-01 2025-11-24"),
    "not begun": ("2026-12-01 2027-01-01", "2026-11-23", "2025-12-01 2025-12-01"),
}


@pytest.mark.parametrize(("current", "as_of", "expected"), LAST_YEAR.values(), ids=LAST_YEAR)
def test_the_same_period_a_year_before_is_cut_alike(current, as_of, expected):
    before = periods.compared(period(*current.split()), day(as_of), "last_year")
    assert before == period(*expected.split())


def test_an_unknown_comparison_is_an_error():
    with pytest.raises(KeyError, match="tomorrow"):
        periods.compared(period("2026-03-01", "2026-04-01"), day("2026-06-30"), "tomorrow")


def test_the_elapsed_share_runs_from_none_to_all():
    november = period("2026-11-01", "2026-12-01")
    days = ["2026-10-31", "2026-11-01", "2026-11-15", "2026-11-30", "2027-01-01"]
    rates = [periods.elapsed_rate(november, day(text)) for text in days]
    assert rates == [0, 1 / 30, 0.5, 1, 1]


def test_a_period_without_days_has_no_elapsed_share():
    assert periods.elapsed_rate(period("2026-11-01", "2026-11-01"), day("2026-11-23")) is None


def test_an_iso_week_begins_on_monday_across_the_year_end():
    assert periods.week(day("2027-01-01")) == period("2026-12-28", "2027-01-04")
    assert periods.week(day("2026-12-28")) == period("2026-12-28", "2027-01-04")


def test_months_are_all_that_a_range_touches():
    assert periods.months(day("2026-11-30"), day("2027-01-01")) == [
        day("2026-11-01"),
        day("2026-12-01"),
    ]
    assert periods.months(day("2026-11-30"), day("2027-01-02"))[-1] == day("2027-01-01")
    assert periods.months(day("2026-11-30"), day("2026-11-30")) == []


def test_a_report_is_due_at_the_end_of_friday_in_the_department():
    assert periods.due_at(day("2026-11-16"), rule()) == datetime(2026, 11, 20, 10)  # UTC


def test_a_holiday_on_friday_moves_the_due_moment_to_thursday():
    due = periods.due_at(day("2026-11-16"), rule(holidays='["2026-11-20"]'))
    assert due == datetime(2026, 11, 19, 10)


def test_a_week_without_working_day_has_nothing_due():
    golden_week = '["2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08", "2026-10-09"]'
    assert periods.due_at(day("2026-10-05"), rule(holidays=golden_week)) is None


def test_a_six_day_week_is_due_on_saturday():
    due = periods.due_at(day("2026-11-18"), rule(report_due_weekday="6"))
    assert due == datetime(2026, 11, 21, 10)


def test_the_due_moment_follows_summer_time():
    berlin = rule(timezone='"Europe/Berlin"')
    assert periods.due_at(day("2026-07-06"), berlin) == datetime(2026, 7, 10, 16)
    assert periods.due_at(day("2026-12-07"), berlin) == datetime(2026, 12, 11, 17)


def test_working_days_leave_out_weekends_and_holidays():
    days = periods.working_days(period("2026-11-01", "2026-12-01"), rule(holidays='["2026-11-02"]'))
    assert len(days) == 20
    assert day("2026-11-02") not in days


def test_a_rule_can_be_read_from_the_settings():
    assert rule(holidays='["2026-10-01"]') == DueRule(
        weekday=5,
        at=datetime(2026, 1, 1, 18).time(),
        holidays=frozenset({day("2026-10-01")}),
        timezone="Asia/Shanghai",
    )

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import retention

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = [ZoneInfo(n) for n in ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "UTC")]
DAY = timedelta(days=1)

moments = st.datetimes(
    datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC), allow_imaginary=False
)
zones = st.sampled_from(ZONES)
clocks = st.times()
counts = st.fixed_dictionaries(
    {"daily": st.integers(1, 9), "weekly": st.integers(0, 9), "monthly": st.integers(0, 9)}
)


def days(count, *, until=datetime(2026, 11, 27, 3, tzinfo=UTC)):
    return [until - n * DAY for n in range(count)]


def test_a_year_of_days_leaves_seven_days_five_weeks_twelve_months():
    kept = retention.kept(days(400), SHANGHAI, daily=7, weekly=5, monthly=12)
    told = sorted(moment.date().isoformat() for moment in kept)
    assert told == [
        *("2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"),
        *("2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-01"),
        *("2026-11-08", "2026-11-15", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"),
        *("2026-11-25", "2026-11-26", "2026-11-27"),
    ]


def test_a_department_that_pauses_keeps_what_it_has():
    old = days(3, until=datetime(2019, 1, 10, tzinfo=UTC))
    assert retention.kept(old, SHANGHAI, daily=7, weekly=5, monthly=12) == set(old)


def test_of_one_day_the_last_is_kept():
    early, late = (datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (1, 9))
    assert retention.kept([early, late], SHANGHAI, daily=7, weekly=5, monthly=12) == {late}


@given(st.lists(moments, max_size=60), zones, counts)
def test_the_newest_is_kept_and_never_more_than_asked(made, zone, asked):
    kept = retention.kept(made, zone, **asked)
    assert kept <= set(made)
    assert len(kept) <= sum(asked.values())
    assert not made or max(made) in kept


@given(st.lists(moments, max_size=60), zones, counts)
def test_letting_go_twice_lets_go_of_nothing_more(made, zone, asked):
    kept = retention.kept(made, zone, **asked)
    assert retention.kept(kept, zone, **asked) == kept


@given(st.lists(moments, max_size=60), zones, counts, st.sampled_from(["daily", "weekly"]))
def test_asking_for_more_keeps_no_less(made, zone, asked, name):
    more = {**asked, name: asked[name] + 1}
    assert retention.kept(made, zone, **asked) <= retention.kept(made, zone, **more)


@given(st.lists(moments, max_size=60), zones, counts, moments)
def test_letting_go_day_by_day_is_letting_go_at_the_end(made, zone, asked, last):
    """What was let go of earlier is never missed later."""
    kept: set[datetime] = set()
    for moment in sorted({*made, last}):
        kept = retention.kept({*kept, moment}, zone, **asked)
    assert kept == retention.kept({*made, last}, zone, **asked)


@given(moments, clocks, zones)
def test_a_backup_is_due_once_a_day(now, at, zone):
    last, following = retention.due(now, at, zone), retention.next_due(now, at, zone)
    assert last <= now < following
    assert timedelta(hours=22) < following - last < timedelta(hours=26)
    assert retention.due(following, at, zone) == following
    assert retention.next_due(last, at, zone) == following


@pytest.mark.parametrize(
    ("day", "until"), [("2026-03-06", "2026-03-11"), ("2026-10-30", "2026-11-04")]
)
def test_no_day_is_passed_over_when_clocks_change(day, until):
    zone, at = ZoneInfo("America/New_York"), time(2, 30)
    moment, end = (datetime.fromisoformat(d).replace(tzinfo=zone) for d in (day, until))
    found = []
    while (moment := retention.next_due(moment, at, zone)) < end:
        found.append(moment.astimezone(zone).date())
    assert all(b - a == DAY for a, b in pairwise(found))
    assert len(found) == 5

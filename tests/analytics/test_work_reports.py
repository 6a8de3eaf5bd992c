from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import work_reports
from analytics.schemas import require

WEEK = "2026-06-15"  # a Monday; due on Friday the 19th at 18:00 in Shanghai, 10:00 UTC
DUE_AT = datetime(2026, 6, 19, 10)
SETTINGS = {
    "timezone": '"Asia/Shanghai"',
    "report_due_weekday": "5",
    "report_due_time": '"18:00"',
    "holidays": "[]",
}


def settings(make, **changes):
    return [make.setting(name, value) for name, value in (SETTINGS | changes).items()]


def filed(make, rep_id="R1", submitted_at="2026-06-19 09:00:00", week=WEEK, **values):
    words = {"summary": "Two plants visited", "submitted_at": submitted_at}
    return make.work_report(f"weekly/{rep_id}/{week}", rep_id, week, **(words | values))


def weekly(make, *rows, as_of="2026-06-22", changes=None, **asked):
    frames = make.build(*settings(make, **(changes or {})), *rows)
    query = make.query(**({"since": WEEK, "until": "2026-06-22"} | asked | {"as_of": as_of}))
    return work_reports.weekly(frames, query).collect()


@pytest.mark.parametrize(
    ("submitted_at", "late_days"),
    [
        ("2026-06-17 09:00:00", 0),
        ("2026-06-19 10:00:00", 0),
        ("2026-06-19 16:00:00", 0.25),
        ("2026-06-21 10:00:00", 2),
    ],
)
def test_lateness_is_measured_from_the_end_of_the_last_working_day(make, submitted_at, late_days):
    row = weekly(make, make.rep("R1"), filed(make, submitted_at=submitted_at)).row(0, named=True)
    assert (row["status"], row["due_at"], row["late_days"]) == ("submitted", DUE_AT, late_days)


@pytest.mark.parametrize(
    ("as_of", "status", "late_days"),
    [
        ("2026-06-17", "not_due", None),
        ("2026-06-19", "not_due", None),  # the evening is still to come
        ("2026-06-20", "missing", 1),
        ("2026-06-22", "missing", 3),
    ],
)
def test_a_report_is_missing_once_its_due_day_has_passed(make, as_of, status, late_days):
    row = weekly(make, make.rep("R1"), as_of=as_of).row(0, named=True)
    assert (row["status"], row["late_days"], row["report_id"]) == (status, late_days, None)


def test_a_draft_is_late_like_a_missing_one_and_nobodys_to_read(make):
    """Also one that was withdrawn: it keeps its first submission, and is not filed."""
    row = weekly(make, make.rep("R1"), filed(make, status="draft")).row(0, named=True)
    assert (row["status"], row["late_days"]) == ("draft", 3)
    assert (row["submitted_at"], row["summary"]) == (None, None)


def test_what_happened_after_as_of_is_not_known(make):
    report = filed(
        make,
        submitted_at="2026-06-19 09:00:00",
        status="reviewed",
        reviewed_at="2026-06-22 09:30:00",
        comment="Good",
    )
    columns = ("status", "submitted_at", "comment")
    states = {
        day: weekly(make, make.rep("R1"), report, as_of=day).select(columns).row(0)
        for day in ("2026-06-18", "2026-06-21", "2026-06-22")
    }
    submitted_at = datetime(2026, 6, 19, 9)
    assert states == {
        "2026-06-18": ("draft", None, None),
        "2026-06-21": ("submitted", submitted_at, None),
        "2026-06-22": ("reviewed", submitted_at, "Good"),
    }


def test_a_day_ends_at_midnight_of_the_department(make):
    """16:00 UTC is midnight in Shanghai: submitted then, it is tomorrow's."""
    rows = (make.rep("R1"), filed(make, submitted_at="2026-06-17 16:00:00"))
    assert weekly(make, *rows, as_of="2026-06-17")["status"].to_list() == ["draft"]
    assert weekly(make, *rows, as_of="2026-06-18")["status"].to_list() == ["submitted"]


def test_holidays_move_the_due_day_and_a_week_of_them_has_none(make):
    before = weekly(make, make.rep("R1"), changes={"holidays": '["2026-06-19"]'})
    assert before["due_at"].to_list() == [datetime(2026, 6, 18, 10)]
    off = ", ".join(f'"2026-06-{day}"' for day in range(15, 20))
    none = weekly(make, make.rep("R1"), changes={"holidays": f"[{off}]"})
    assert none.select("status", "due_at", "late_days").row(0) == ("not_due", None, None)


@pytest.mark.parametrize(
    ("person", "owes"),
    [
        ({}, True),
        ({"role": "manager"}, False),
        ({"role": "assistant"}, False),
        ({"hired_on": "2026-06-19"}, True),
        ({"hired_on": "2026-06-20"}, False),
        ({"status": "left", "left_on": "2026-06-19"}, True),
        ({"status": "left", "left_on": "2026-06-18"}, False),
        ({"status": "left"}, False),
    ],
)
def test_who_owes_a_report_is_there_on_its_due_day(make, person, owes):
    assert (weekly(make, make.rep("R1", **person)).height == 1) is owes


def test_a_report_that_nobody_owed_is_listed_too(make):
    rows = [make.rep("M", role="manager"), make.rep("R1"), filed(make, "M")]
    listed = weekly(make, *rows)
    assert listed.select("rep_id", "status").rows() == [("M", "submitted"), ("R1", "missing")]


def test_rows_are_by_team_and_name_in_the_team_of_the_week(make):
    rows = [
        make.rep("R1", rep="Zhou"),
        make.rep("R2", rep="An", team="North", manager_id="M"),
        make.rep("R3", rep="Bo", team="South"),
        make.rep("M", rep="Chen", role="manager"),
        make.member("R3", "North", until_on="2026-06-16"),
    ]
    listed = weekly(make, *rows)
    assert listed.select("rep", "team", "manager").rows() == [
        ("An", "North", "Chen"),
        ("Bo", "North", None),
        ("Zhou", None, None),
    ]
    assert weekly(make, *rows, team="North", region="Anhui")["rep"].to_list() == ["An", "Bo"]
    assert weekly(make, *rows, rep="R1")["rep"].to_list() == ["Zhou"]


@pytest.mark.parametrize(
    ("period", "week"),
    [
        ({"since": None, "until": None}, "2026-06-22"),  # of as_of
        ({"since": None, "until": "2026-06-15"}, "2026-06-08"),
        ({"since": "2026-06-01", "until": "2026-07-01"}, "2026-06-22"),  # still running
        ({"since": "2026-05-01", "until": "2026-06-01"}, "2026-05-25"),
        ({"since": "2026-06-03", "until": None}, "2026-06-01"),
    ],
)
def test_the_week_is_that_of_the_periods_last_day_so_far(make, period, week):
    listed = weekly(make, make.rep("R1"), as_of="2026-06-24", **period)
    assert listed["period_on"].to_list() == [date.fromisoformat(week)]


def test_the_newest_reports_are_eight_the_latest_first(make):
    reports = [
        filed(make, f"R{n}", f"2026-06-19 0{n}:00:00", summary=f"Report {n}") for n in range(9)
    ]
    reports += [
        filed(make, "LATE", "2026-06-21 10:00:00"),
        filed(make, "DRAFT", None, status="draft"),
        filed(make, "NEXT", "2026-06-23 10:00:00"),
    ]
    people = [make.rep(row.values["rep_id"]) for row in reports]
    frames = make.build(*settings(make), *people, *reports)
    listed = work_reports.newest(frames, make.query(as_of="2026-06-22")).collect()
    assert listed["rep_id"].to_list() == ["LATE", *(f"R{n}" for n in range(8, 1, -1))]
    assert listed["is_late"].to_list() == [True] + [False] * 7
    assert listed["late_days"][0] == 2


@pytest.mark.parametrize("report", work_reports.REPORTS, ids=lambda r: r.name)
def test_nobody_keeps_the_schema(make, report):
    lazy = report.make(make.build(*settings(make)), make.query())
    assert_frame_equal(require(lazy, report.schema).collect(), pl.DataFrame(schema=report.schema))

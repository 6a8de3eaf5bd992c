"""What one rep's page lays out by time: days with visits, weeks with reports, ages of deals."""

from datetime import date

import pytest

from analytics import deal_ages, discipline, reps, visit_calendar

JUNE = {"since": "2026-06-01", "until": "2026-07-01"}
SETTINGS = {
    "timezone": '"Asia/Shanghai"',
    "report_due_weekday": "5",
    "report_due_time": '"18:00"',
    "holidays": "[]",
}


def days(make, *rows, **asked):
    return visit_calendar.days(make.build(*rows), make.query(**(JUNE | asked))).collect()


def test_every_day_of_the_period_so_far_has_a_row(make):
    rows = [
        make.visit("V1", "2026-06-09", customer_id="C1"),
        make.visit("V2", "2026-06-09", customer_id="C1"),
        make.visit("V3", "2026-06-10", is_visit=False),
        make.visit("V4", "2026-06-12", rep_id="R2"),
    ]
    shown = days(make, *rows, rep="R1", as_of="2026-06-14")
    assert (shown.height, shown["visits"].sum()) == (14, 2)
    assert shown.row(8) == (date(2026, 6, 8), 2, date(2026, 6, 9), 2, 1)
    assert shown["weekday"].to_list() == [*range(1, 8)] * 2


def test_a_period_without_beginning_begins_with_the_first_visit(make):
    shown = days(make, make.visit("V1", "2026-06-28"), since=None, until=None)
    assert shown["visited_on"].to_list() == [date(2026, 6, day) for day in (28, 29, 30)]
    assert days(make, make.visit("V1", "2026-06-28"), since=None, rep="R9").is_empty()


def test_who_visited_nobody_has_a_calendar_of_zeros_and_no_records_none(make):
    assert days(make, make.visit("V1", "2026-05-02"), rep="R9")["visits"].sum() == 0
    assert days(make, make.visit("V1", "2026-05-02"), rep="R9").height == 30
    assert days(make, make.visit("V1", "2026-05-02", is_visit=False)).is_empty()


def test_calendar_days_add_up_to_the_visits_of_the_ranking(make):
    rows = make.random_rows(1)
    query = make.query(since="2025-01-01", until="2026-07-01", rep="R1")
    known = reps.ranking(make.build(*rows), query).collect()["visits"]
    shown = visit_calendar.days(make.build(*rows), query).collect()
    assert shown["visits"].sum() == (known[0] or 0 if known.len() else 0)


def test_open_deals_lie_in_ranges_of_days_since_their_opening(make):
    opened = {"D1": "2026-06-30", "D2": "2026-06-01", "D3": "2026-05-31", "D4": "2025-06-30"}
    rows = [make.deal(key, opened_on=on, amount=100) for key, on in opened.items()]
    rows += [make.deal("D5", opened_on=None), make.deal("D6", rep_id="R2", opened_on="2026-06-20")]
    rows += [make.won("D7", "2026-06-10")]
    shown = deal_ages.ages(make.build(*rows), make.query(rep="R1")).collect()
    assert shown.select("from_days", "until_days", "open").rows() == [
        (0, 30, 2),
        (30, 60, 1),
        (60, 90, 0),
        (90, 180, 0),
        (180, 365, 0),
        (365, None, 1),
        (None, None, 1),
    ]
    assert shown["open_amount"][0] == 200
    assert shown["open_rate"].to_list() == pytest.approx([0.4, 0.2, 0, 0, 0, 0.2, 0.2])
    assert shown["department_rate"][0] == pytest.approx(0.5)


def test_nobody_has_open_deals(make):
    shown = deal_ages.ages(make.build(), make.query()).collect()
    assert (shown.height, shown["open"].sum(), shown["open_rate"].count()) == (6, 0, 0)


def filed(make, week, submitted_at, **values):
    return make.work_report(f"W/{week}", "R1", week, submitted_at=submitted_at, **values)


def test_each_week_that_was_owed_is_in_time_late_or_missing(make):
    rows = [
        *(make.setting(name, value) for name, value in SETTINGS.items()),
        make.rep("R1"),
        make.member("R1", "North", until_on="2026-06-08"),
        make.member("R1", "South", "2026-06-08"),
        filed(make, "2026-06-01", "2026-06-05 10:00:00"),  # 18:00 in Shanghai: in time
        filed(make, "2026-06-08", "2026-06-13 10:00:00"),
        filed(make, "2026-06-22", "2026-06-26 09:00:00", status="draft"),
    ]
    frames = make.build(*rows)
    shown = discipline.weeks(frames, make.query(**JUNE)).collect()
    assert shown.select("team", "period_on", "filing", "late_days").rows() == [
        ("South", date(2026, 6, 22), "missing", None),
        ("South", date(2026, 6, 15), "missing", None),
        ("South", date(2026, 6, 8), "late", 1.0),
        ("North", date(2026, 6, 1), "in_time", 0.0),
    ]
    ranked = reps.ranking(frames, make.query(**JUNE)).collect()
    assert ranked.select("reports_due", "reports_on_time").row(0) == (4, 1)
    north = discipline.weeks(frames, make.query(team="North", **JUNE)).collect()
    assert north["period_on"].to_list() == [date(2026, 6, 1)]

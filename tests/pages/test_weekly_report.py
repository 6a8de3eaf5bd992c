import json
from datetime import timedelta
from decimal import Decimal

import pytest

from data import entry
from data.records import Customer, Deal, Visit, WorkReport
from tests.actors import by

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def key(monday):
    """The key of a field's widget in this week's report of R1."""
    return lambda name: f"weekly.{name}.R1.{monday}"


@pytest.fixture
def report(driver):
    """The stored reports, newest first."""
    return lambda: driver.store.rows(WorkReport).to_dicts()


def opened(driver, **address):
    return driver.open("weekly_report", **{"for": "R1"} | address)


def complete(driver, key):
    """Write what a report needs to be submitted."""
    for name in ("summary", "problems", "plan"):
        driver.by_key(key(name)).set_value(f"My {name}")
    driver.by_key(key("visits_planned")).set_value("8")
    return driver


def file(driver, monday, *, submit=True, **values):
    """A report of R1 as another session files it."""
    words = {"summary": "S", "problems": "none", "plan": "P", "visits_planned": 5}
    entry.save_report(
        driver.store, "R1", monday, words | values, by("other"), entry.new_form_id(), submit
    )


@pytest.fixture
def week_of_work(driver, today, noon):
    """A visit, a new deal and a won one, all of today."""
    store = driver.store

    def add(record, **values):
        entry.add(store, record, values, by("test"), entry.new_form_id())

    deal = {"customer_id": "C1", "rep_id": "R1", "opened_on": today}
    for id, name, amount in (("D1", "Line one", 70_000), ("D2", "Line two", 500_000)):
        values = deal | {"id": id, "name": name, "amount": Decimal(amount)}
        entry.add_deal(store, values, by("test"), entry.new_form_id())
    entry.move_deal(store, "D2", "won", today, by("test"), entry.new_form_id())
    add(
        Visit,
        customer_id="C1",
        rep_id="R1",
        deal_id="D1",
        visited_at=noon,
        minutes=30,
        topic="Price",
        outcome="Sample wanted",
        next_on=today + timedelta(days=7),
    )


def test_a_report_is_drafted_from_the_week(driver, week_of_work, key):
    opened(driver)
    figures = {metric.label: metric.value for metric in driver.test.metric}
    assert figures == {
        "Visits": "1",
        "New deals": "2",
        "Moved on": "0",
        "Won deals": "1",
        "Won": "¥500k",
    }
    summary = driver.by_key(key("summary")).value
    assert summary == "1 visits to 1 customers; 2 new deals; won 1, ¥500k (Line two)."
    assert driver.by_key(key("note.D1")).value == "Sample wanted"
    assert "visit Hengyuan" in driver.by_key(key("plan")).value


def test_looking_at_a_draft_saves_nothing(driver, week_of_work, report):
    opened(driver)
    opened(driver, language="zh")
    assert report() == []
    assert "尚未保存" in driver.text


def test_an_incomplete_report_is_refused_under_its_fields(driver, key, report):
    opened(driver).by_key(key("summary")).set_value("Much done")
    driver.press("weekly.submit")
    assert "Please correct: Problems and support, Visits planned, Next week's plan" in driver.text
    assert driver.by_key(key("summary")).value == "Much done"
    assert [row["status"] for row in report()] == ["draft"]


def test_a_submitted_report_is_stored_and_said(driver, key, report, monday):
    complete(opened(driver), key).press("weekly.submit")
    [row] = report()
    assert (row["status"], row["period_on"]) == ("submitted", monday)
    assert (row["summary"], row["visits_planned"]) == ("My summary", 8)
    assert "Report submitted" in driver.text


def test_what_is_written_saves_itself_as_a_draft(driver, key, report):
    opened(driver).set(key("problems"), "none")
    [row] = report()
    assert (row["status"], row["problems"]) == ("draft", "none")
    assert "Draft, saved" in str([e.value for e in driver.test.markdown])


def test_what_was_written_is_there_after_leaving(driver, key):
    opened(driver).set(key("problems"), "Need a sample")
    driver.open("customers")
    assert opened(driver).by_key(key("problems")).value == "Need a sample"


def test_submitting_twice_keeps_the_first_moment(driver, key, report):
    complete(opened(driver), key).press("weekly.submit")
    first = report()[0]["submitted_at"]
    driver.by_key(key("summary")).set_value("Corrected")
    driver.press("weekly.submit")
    [row] = report()
    assert (row["summary"], row["submitted_at"]) == ("Corrected", first)


def test_a_submitted_report_does_not_save_itself(driver, key, report):
    complete(opened(driver), key).press("weekly.submit")
    driver.set(key("summary"), "Half a thought")
    assert report()[0]["summary"] == "My summary"


def test_a_withdrawn_report_is_a_draft_again(driver, key, report):
    complete(opened(driver), key).press("weekly.submit").press("weekly.withdraw")
    assert report()[0]["status"] == "draft"
    assert "Withdrawn" in driver.text


def test_a_note_is_kept_with_its_deal(driver, week_of_work, key, report):
    opened(driver).set(key("note.D1"), "Offer on Friday")
    told = json.loads(report()[0]["projects"])
    assert {"deal_id": "D1", "note": "Offer on Friday"} in told


def test_a_week_can_be_filed_late(driver, monday, report):
    before = monday - timedelta(days=7)
    opened(driver, week=str(before))
    complete(driver, lambda name: f"weekly.{name}.R1.{before}").press("weekly.submit")
    assert report()[0]["period_on"] == before
    assert "after it was due" in driver.text


def test_last_weeks_plan_is_shown_against_this_week(driver, week_of_work, monday):
    file(driver, monday - timedelta(days=7), visits_planned=4, plan="Visit Hengyuan")
    opened(driver)
    assert "Visits 1 of 4" in driver.text
    assert "Visit Hengyuan" in driver.text


def test_a_reviewed_report_can_only_be_read(driver, monday, key):
    file(driver, monday)
    report_id = f"weekly/R1/{monday}"
    entry.review_report(driver.store, report_id, by("Boss"), entry.new_form_id(), "Well done")
    opened(driver)
    assert "can no longer be changed" in driver.text
    assert "Well done" in driver.text
    assert not [b for b in driver.test.button if b.key == "weekly.submit"]


# ---- leadership


def test_the_list_says_who_has_not_filed(driver, monday):
    file(driver, monday)
    driver.open("weekly_reports", week=str(monday))
    assert "**1** of 2 reports are in" in driver.text
    [rows] = [frame.value for frame in driver.test.dataframe]
    assert rows.set_index("rep")["status"].to_dict() == {
        "Li Na": "Submitted",
        "Wu Gang": rows.set_index("rep")["status"]["Wu Gang"],
    }
    assert rows.set_index("rep")["status"]["Wu Gang"] in ("Missing", "Not due yet")


def test_opening_a_report_marks_it_read_once(driver, monday, report):
    file(driver, monday)
    driver.open("weekly_reports", report=f"weekly/R1/{monday}")
    first = report()[0]["read_at"]
    assert first is not None
    driver.open("weekly_reports", report=f"weekly/R1/{monday}")
    assert report()[0]["read_at"] == first


def test_a_review_is_stored_with_its_remark(driver, monday, report):
    file(driver, monday)
    report_id = f"weekly/R1/{monday}"
    driver.open("weekly_reports", report=report_id)
    driver.fill(f"review.{report_id}", comment="Well done").press(f"review.{report_id}.send")
    [row] = report()
    assert (row["status"], row["comment"]) == ("reviewed", "Well done")
    assert "Reviewed: Li Na" in driver.text


def test_a_draft_is_nobodys_to_read(driver, monday):
    file(driver, monday, submit=False, summary="Half a thought")
    driver.open("weekly_reports", report=f"weekly/R1/{monday}")
    assert "no report to read" in driver.text
    assert "Half a thought" not in driver.text


@pytest.mark.parametrize("address", ["nonsense", "weekly/R9/2026-01-05", "weekly/R1/2026-13-40"])
def test_a_wrong_address_is_told_apart(driver, address):
    assert "no longer exists" in driver.open("weekly_reports", report=address).text


def test_a_rep_who_typed_markup_is_shown_as_typed(driver, monday):
    entry.edit(driver.store, Customer, "C1", {"name": "**A**"}, by("x"), entry.new_form_id())
    file(driver, monday, summary="**bold** <b>x</b>")
    driver.open("weekly_reports", report=f"weekly/R1/{monday}")
    assert "**bold** <b>x</b>" in [text.value for text in driver.test.text]


def test_deals_of_others_are_not_in_a_report(driver, week_of_work, key):
    driver.open("weekly_report", **{"for": "R2"})
    assert driver.store.rows(Deal).height == 2
    assert "No deal was touched this week" in driver.text

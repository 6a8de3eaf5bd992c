"""One weekly report in two windows: none writes over what the other has saved."""

import json

import pytest

from data import entry
from data.records import WorkReport
from tests.actors import by

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def key(monday):
    return lambda name: f"weekly.{name}.R1.{monday}"


@pytest.fixture
def elsewhere(driver, monday):
    """Save fields of the report in another window."""

    def save(who="R1", **values):
        args = (values, by(who), entry.new_form_id(), False)
        entry.save_report(driver.store, "R1", monday, *args)

    return save


@pytest.fixture
def report(driver):
    return lambda: driver.store.rows(WorkReport).row(0, named=True)


@pytest.fixture
def window(driver, elsewhere):
    """This window, opened on a draft."""
    elsewhere(summary="Start", plan="Start")
    return driver.open("weekly_report", **{"for": "R1"})


def test_fields_that_were_not_touched_follow_the_other_window(window, key, elsewhere, report):
    elsewhere(summary="Other window")
    window.set(key("plan"), "This window")
    assert (report()["summary"], report()["plan"]) == ("Other window", "This window")
    assert window.by_key(key("summary")).value == "Other window"


def test_what_both_windows_wrote_is_told_and_kept(window, key, elsewhere, report):
    elsewhere("R2", summary="Other window")
    window.set(key("summary"), "This window")
    assert "Wu Gang changed" in window.text
    assert "from “Start” to “Other window”" in window.text
    assert window.by_key(key("summary")).value == "This window"
    assert report()["summary"] == "Other window"
    window.press("weekly.save")
    assert report()["summary"] == "This window"
    assert "Wu Gang changed" not in window.text


def test_the_other_windows_words_can_be_taken(window, key, elsewhere, report):
    elsewhere(summary="Other window")
    window.set(key("summary"), "This window").press(f"{key('window')}.take.summary")
    assert window.by_key(key("summary")).value == "Other window"
    window.press("weekly.save")
    assert report()["summary"] == "Other window"


def test_submitting_does_not_write_over_the_other_window(window, key, elsewhere, report):
    words = {"problems": "none", "visits_planned": "3"}
    for name, value in words.items():
        window.by_key(key(name)).set_value(value)
    elsewhere(plan="Other window")
    window.press("weekly.submit")
    assert (report()["status"], report()["plan"]) == ("submitted", "Other window")


def test_a_note_of_another_deal_is_kept_of_the_other_window(driver, key, monday, today, report):
    for id in ("D1", "D2"):
        values = {"id": id, "rep_id": "R1", "customer_id": "C1", "name": id, "opened_on": today}
        entry.add_deal(driver.store, values, by("R1"), id)
    driver.open("weekly_report", **{"for": "R1"}).set(key("note.D1"), "This window")
    told = [{"deal_id": "D1", "note": "This window"}, {"deal_id": "D2", "note": "Other window"}]
    values = {"projects": json.dumps(told)}
    entry.save_report(driver.store, "R1", monday, values, by("R1"), "other", False)
    driver.set(key("note.D1"), "This window again")
    notes = {note["deal_id"]: note["note"] for note in json.loads(report()["projects"])}
    assert notes == {"D1": "This window again", "D2": "Other window"}
    assert driver.by_key(key("note.D2")).value == "Other window"

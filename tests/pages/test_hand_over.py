"""The hand-over screen: chosen, shown, done, taken back."""

from datetime import timedelta

import pytest

from data import entry
from data.records import Customer, Deal, Rep, Visit
from tests.actors import by


@pytest.fixture
def leaving(small, driver, today, noon):
    """Li Na has left with a customer, an open deal and an appointment."""
    deal = {"id": "D1", "rep_id": "R1", "customer_id": "C1", "amount": 5000, "opened_on": today}
    entry.add_deal(driver.store, deal, by("test"), entry.new_form_id())
    visit = {"rep_id": "R1", "customer_id": "C1", "visited_at": noon - timedelta(days=2)}
    visit |= {"minutes": 30, "topic": "x", "outcome": "y", "next_on": today + timedelta(days=3)}
    entry.add(driver.store, Visit, visit, by("test"), entry.new_form_id())
    entry.edit(driver.store, Rep, "R1", {"status": "left"}, by("test"), entry.new_form_id())
    return driver


def _owners(driver):
    return (
        driver.store.rows(Customer, ids=["C1"])["owner_rep_id"].item(),
        driver.store.rows(Deal, ids=["D1"])["rep_id"].item(),
    )


def test_a_leavers_customers_and_deals_go_to_a_colleague_and_back(leaving):
    leaving.open("hand_over")
    assert "1 people who have left still have" in leaving.text
    assert "**1 open deals** worth ¥5" in leaving.text
    leaving.set("hand_over.taker", "R2").press("hand_over.send")
    assert "Handed over to Wu Gang: 1 customers, 1 deals." in leaving.text
    assert _owners(leaving) == ("R2", "R2")
    leaving.press("hand_over.undo")
    assert "taken back" in leaving.text
    assert _owners(leaving) == ("R1", "R1")


def test_what_changed_meanwhile_is_not_taken_back(leaving):
    leaving.open("hand_over").set("hand_over.taker", "R2").press("hand_over.send")
    values = {"owner_rep_id": None}
    entry.edit(leaving.store, Customer, "C1", values, by("test"), entry.new_form_id())
    leaving.press("hand_over.undo")
    assert "Somebody changed this record" in leaving.text
    assert _owners(leaving) == (None, "R2")


def test_whoever_takes_over_sees_the_appointments(leaving):
    leaving.open("visits", **{"for": "R2"})
    assert "Hengyuan" not in leaving.text
    leaving.open("hand_over").set("hand_over.taker", "R2").press("hand_over.send")
    assert "Hengyuan" in leaving.open("visits", **{"for": "R2"}).text


def test_a_department_without_leavers_says_so(small, driver):
    assert "Nobody who has left" in driver.open("hand_over", language="en").text
    assert "离职人员名下没有" in driver.open("hand_over", language="zh").text

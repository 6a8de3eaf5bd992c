"""Two people edit one record: the second is told who changed what, and keeps what was entered."""

from decimal import Decimal

import pytest

from data import entry
from data.records import Customer, Deal, Target, Visit
from tests.actors import by

pytestmark = pytest.mark.usefixtures("small")


def change(driver, record, id, who="R2", **values):
    """What somebody else does meanwhile."""
    entry.edit(driver.store, record, id, values, by(who), entry.new_form_id())


def customer(driver):
    return driver.store.rows(Customer, ids=["C1"]).row(0, named=True)


def test_the_second_is_told_who_changed_what_and_keeps_the_text(driver):
    driver.open("customers", customer="C1").fill("customers.C1", note="Mine", address="1 East Road")
    change(driver, Customer, "C1", note="Theirs")
    driver.press("customers.C1.send")
    assert "Wu Gang changed this after you opened it: Note." in driver.text
    assert "Wu Gang changed “Note” from “—” to “Theirs” on" in driver.text
    assert driver.widget("customers.C1", "note").value == "Mine"
    assert customer(driver)["note"] == "Theirs"
    driver.press("customers.C1.send")  # knowing it
    assert "Customer saved" in driver.text
    assert (customer(driver)["note"], customer(driver)["address"]) == ("Mine", "1 East Road")


def test_the_others_value_is_taken_field_by_field(driver):
    driver.open("customers", customer="C1")
    driver.fill("customers.C1", note="Mine", address="1 East Road")
    change(driver, Customer, "C1", note="Theirs", address="2 West Road")
    driver.press("customers.C1.send").press("customers.C1.take.address")
    assert driver.widget("customers.C1", "address").value == "2 West Road"
    assert driver.widget("customers.C1", "note").value == "Mine"
    assert "“Address”" not in driver.text
    driver.press("customers.C1.send")
    assert (customer(driver)["note"], customer(driver)["address"]) == ("Mine", "2 West Road")


def test_what_only_the_other_changed_stands_without_a_question(driver):
    driver.open("customers", "zh", customer="C1").fill("customers.C1", address="1 East Road")
    change(driver, Customer, "C1", region="Zhejiang")
    driver.press("customers.C1.send")
    assert "客户档案已保存" in driver.text
    assert (customer(driver)["address"], customer(driver)["region"]) == ("1 East Road", "Zhejiang")


def test_it_is_told_in_the_persons_language(driver):
    driver.open("customers", "zh", customer="C1").fill("customers.C1", note="我的")
    change(driver, Customer, "C1", note="*对方的*")
    driver.press("customers.C1.send")
    assert "您打开之后，Wu Gang也改过：备注。" in driver.text
    assert r"由“—”改为“\*对方的\*”" in driver.text


def test_another_window_of_the_same_person_is_called_so(driver):
    driver.open("customers", customer="C1").fill("customers.C1", note="This window")
    change(driver, Customer, "C1", "test-gm", note="The other window")
    driver.press("customers.C1.send")
    assert "You (in another window) changed this" in driver.text


def test_a_form_that_was_left_starts_from_the_record_as_it_is_then(driver):
    driver.open("customers", customer="C1").open("visits")
    change(driver, Customer, "C1", region="Zhejiang")
    driver.open("customers", customer="C1")
    assert driver.widget("customers.C1", "region").value == "Zhejiang"


@pytest.fixture
def deal(driver, today):
    values = {"id": "D1", "rep_id": "R1", "customer_id": "C1", "opened_on": today}
    values |= {"name": "Line two", "amount": Decimal(5000)}
    entry.add_deal(driver.store, values, by("R1"), "deal")


def test_a_deal_won_meanwhile_is_not_moved_on_unseen(driver, deal, today):
    driver.open("deals", deal="D1").set("deals.stage.D1.lead", "quote")
    driver.fill("deals.move.D1.quote", amount="7000")
    entry.move_deal(driver.store, "D1", "won", today, by("R2"), "won", amount=Decimal(6000))
    driver.press("deals.move.D1.quote.send")
    assert "Wu Gang changed “Pipeline stage” from “Lead” to “Won”" in driver.text
    assert "changed “Amount” from “¥5,000" in driver.text
    assert driver.widget("deals.move.D1.quote", "amount").value == "7000"
    assert driver.store.rows(Deal)["stage"].to_list() == ["won"]
    driver.press("deals.move.D1.quote.take.amount").press("deals.move.D1.quote.send")
    assert driver.store.rows(Deal).select("stage", "amount").rows() == [("quote", Decimal(6000))]


def test_the_customer_of_a_visit_is_taken_above_the_form(driver, noon):
    values = {"rep_id": "R1", "customer_id": "C1", "minutes": 5, "topic": "x", "visited_at": noon}
    [id] = entry.add(driver.store, Visit, values, by("R1"), "visit").ids
    driver.open("visits", visit=id).choose(f"visits.{id}", "customer_id", "C2")
    driver.fill(f"visits.{id}", minutes="50", visited_at=noon.replace(hour=9))
    entry.add(driver.store, Customer, {"id": "C3", "name": "Third"}, by("R2"), "third")
    change(driver, Visit, id, customer_id="C3", minutes=30)
    driver.press(f"visits.{id}.send")
    assert "from “Hengyuan” to “Third”" in driver.text
    driver.press(f"visits.{id}.take.customer_id").press(f"visits.{id}.take.minutes")
    assert driver.widget(f"visits.{id}", "minutes").value == "30"
    driver.press(f"visits.{id}.send")
    [visit] = driver.store.rows(Visit).to_dicts()
    assert (visit["customer_id"], visit["minutes"]) == ("C3", 30)
    assert visit["visited_at"].date() == noon.date()


def test_a_target_set_meanwhile_is_told(driver, today):
    driver.open("department", section="targets")
    driver.fill("department.targets", **{"subject.": "rep/R1", "amount": "120万"})
    row = {"subject_kind": "rep", "subject": "R1", "month": today.replace(day=1)}
    entry.put(driver.store, Target, [{**row, "amount": Decimal(500_000)}], by("R2"), "target")
    driver.press("department.targets.send")
    assert "Wu Gang changed “Target amount” from “—” to “¥500,000" in driver.text
    driver.press("department.targets.send")
    assert driver.store.rows(Target)["amount"].to_list() == [Decimal(1_200_000)]


def test_settings_that_two_people_change_are_merged_or_told(driver):
    driver.open("department")
    for name, value in (("department_en", "Mine"), ("currency", "USD"), ("holidays", "")):
        driver.widget("department", name).set_value(value)
    theirs = {"currency": "EUR", "fiscal_month": 4, "meeting": "2 09:00"}
    driver.store.save_settings(theirs, by("R2"))
    driver.press("department.save")
    assert "Wu Gang changed “Currency” from “CNY” to “EUR”" in driver.text
    assert driver.store.settings().department_en == "Sales department"
    driver.press("department.take.currency")
    assert driver.widget("department", "currency").value == "EUR"
    driver.press("department.save")
    settings = driver.store.settings()
    assert (settings.department_en, settings.currency) == ("Mine", "EUR")
    assert (settings.fiscal_month, settings.meeting) == (4, "2 09:00")
    assert driver.widget("department", "fiscal_month").value == 4

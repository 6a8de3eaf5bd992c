from datetime import timedelta
from decimal import Decimal

import pytest

from data import entry
from data.errors import RefusedError
from data.records import RECORDS, Contact, Customer, Deal, StageEvent, Visit, WorkReport
from pages.ui import fields, forms, i18n, picking, tables
from pages.ui.amounts import Unreadable
from tests.actors import by

pytestmark = pytest.mark.usefixtures("small")


def visit(driver, **values):
    """The visit form of R1 with a customer chosen and `values` entered."""
    driver.open("visits", **{"for": "R1"})
    driver.choose("visits.new", "customer_id", "C1")
    return driver.fill("visits.new", **values)


def test_an_empty_form_is_refused_field_by_field(driver):
    driver.open("visits", **{"for": "R1"}).press("visits.new.send")
    assert ":material/error: Choose the customer." in driver.text
    assert ":material/error: Fill in how long it took." in driver.text
    assert "Please correct: Customer, Minutes, Topic" in driver.text
    assert driver.store.rows(Visit).is_empty()


def test_problems_are_told_in_the_persons_language(driver):
    driver.open("visits", "zh", **{"for": "R1"}).press("visits.new.send")
    assert "请选择客户。" in driver.text
    assert "没有保存，请更正：客户、时长(分钟)、洽谈内容" in driver.text


def test_a_refused_form_keeps_what_was_entered(driver):
    visit(driver, topic="Price of the second line").press("visits.new.send")
    assert "Fill in how long it took." in driver.text
    assert driver.widget("visits.new", "topic").value == "Price of the second line"
    assert driver.widget("visits.new", "customer_id").value == "C1"


def test_a_filed_visit_is_stored_said_and_listed(driver, noon):
    visit(driver, topic="Price", minutes="45", visited_at=noon).press("visits.new.send")
    [row] = driver.store.rows(Visit).to_dicts()
    assert (row["customer_id"], row["rep_id"], row["minutes"]) == ("C1", "R1", 45)
    assert row["visited_at"] == fields.to_utc(noon)
    assert row["contact_id"] == "K1"  # the only one needs no choice
    assert "Visit filed: Hengyuan" in driver.text
    [listed] = [frame.value for frame in driver.test.dataframe]
    assert listed["customer_id"].to_list() == ["Hengyuan"]
    assert driver.widget("visits.new", "topic").value is None  # the next form is empty


def test_the_same_form_sent_twice_is_filed_once(driver, noon):
    values = {"topic": "Price", "minutes": "45", "visited_at": noon}
    visit(driver, **values)
    first = driver.form_id("visits.new")
    driver.press("visits.new.send")
    driver.test.session_state["visits.new.form"] = first  # the second click of a double click
    visit(driver, **values).press("visits.new.send")
    assert driver.store.rows(Visit).height == 1
    assert "Visit filed" in driver.text


def test_a_new_customer_sent_twice_is_added_once_and_not_taken_for_another(driver):
    driver.open("customers", customer="new")
    first = driver.form_id("customers.new")
    driver.fill("customers.new", name="Dropped connection").press("customers.new.send")
    driver.open("customers", customer="new")
    driver.test.session_state["customers.new.form"] = first  # the answer never came
    driver.open("customers", customer="new")
    driver.fill("customers.new", name="Dropped connection").press("customers.new.send")
    assert "Customer added: Dropped connection" in driver.text
    names = driver.store.rows(Customer)["name"].to_list()
    assert names.count("Dropped connection") == 1


def test_names_are_shown_as_they_were_typed(driver, noon):
    driver.open("visits", **{"for": "R1"}).choose("visits.new", "customer_id", "C2")
    driver.fill("visits.new", topic="Price", minutes="45", visited_at=noon)
    driver.press("visits.new.send")
    [said] = [message.value for message in driver.test.success]
    assert r"\*Bold\* \[link\]\(x\)" in said


def test_a_reference_offers_names_and_never_ids(driver):
    offered = driver.open("visits", **{"for": "R1"}).widget("visits.new", "customer_id").options
    assert offered == ["Hengyuan", "*Bold* [link](x)"]  # the rep's own customers first


def test_contacts_and_deals_follow_the_customer(driver):
    driver.open("visits", **{"for": "R1"})
    assert driver.widget("visits.new", "contact_id.").options == []
    driver.choose("visits.new", "customer_id", "C1")
    assert driver.widget("visits.new", "contact_id.C1").options == ["Wang Jianguo"]


def test_money_is_filed_exactly_however_it_is_typed(driver):
    driver.open("deals", deal="new", **{"for": "R1"}).choose("deals.new", "customer_id", "C1")
    driver.fill("deals.new", name="Line two", amount="124.4201万", cost="¥1,000,000")
    driver.press("deals.new.send")
    [row] = driver.store.rows(Deal).to_dicts()
    assert (row["amount"], row["cost"]) == (Decimal("1244201"), Decimal(1_000_000))
    assert driver.store.rows(StageEvent)["stage"].to_list() == ["lead"]
    assert "Deal added: Line two" in driver.text


def test_an_amount_that_cannot_be_read_is_refused(driver):
    driver.open("deals", deal="new", **{"for": "R1"}).choose("deals.new", "customer_id", "C1")
    driver.fill("deals.new", amount="1,5").press("deals.new.send")
    assert "is not an amount" in driver.text
    assert driver.store.rows(Deal).is_empty()


def test_an_unknown_cost_stays_unknown(driver):
    driver.open("deals", deal="new", **{"for": "R1"}).choose("deals.new", "customer_id", "C1")
    driver.fill("deals.new", amount="5000").press("deals.new.send")
    assert driver.store.rows(Deal)["cost"].to_list() == [None]


def test_an_edit_files_only_what_was_changed(driver):
    driver.open("customers", customer="C1")
    driver.fill("customers.C1", address="1 East Road").press("customers.C1.send")
    assert "Customer saved: Hengyuan" in driver.text
    [change] = driver.store.audit_rows().filter(action="update")["after"].to_list()
    assert '"address": "1 East Road"' in change
    assert driver.store.rows(Customer, ids=["C1"])["region"].item() == "Jiangsu"


def test_a_record_that_is_gone_says_so(driver):
    assert "no longer exists" in driver.open("customers", customer="nobody").text
    assert "no longer exists" in driver.open("deals", deal="nothing").text
    assert "no longer exists" in driver.open("visits", visit="nothing").text


def test_a_new_contact_appears_with_its_customer(driver):
    driver.open("customers", customer="C1")
    driver.fill("contacts.C1", name="Li Mei", phone="138").press("contacts.C1.send")
    assert "Contact saved: Li Mei" in driver.text
    names = driver.store.rows(Contact, match={"customer_id": "C1"})["name"]
    assert sorted(names) == ["Li Mei", "Wang Jianguo"]


@pytest.mark.parametrize("is_shown", [False, True], ids=["masked", "shown"])
def test_a_masked_form_leaves_alone_what_it_hides(driver, is_shown):
    entry.put(
        driver.store, Contact, [{"id": "K1", "phone": "13812345678"}], by("test"), "with a phone"
    )
    ids = driver.store.rows(Contact, match={"customer_id": "C1"}).select("id")
    ticked = {"selection": {"rows": [0], "columns": [], "cells": []}}
    driver.test.session_state[f"contacts.rows.C1-{tables.identity(ids)}"] = ticked
    driver.open("customers", customer="C1")  # as the general manager, who has to ask
    key = "contacts.K1.whole" if is_shown else "contacts.K1"
    if is_shown:
        driver.press("contacts.show")
        assert driver.widget(key, "phone").value == "13812345678"
    driver.fill(key, name="Wang Li").press(f"{key}.send")
    row = driver.store.rows(Contact, ids=["K1"]).row(0, named=True)
    assert (row["name"], row["phone"]) == ("Wang Li", "13812345678")


def test_what_a_form_demands_comes_from_the_declaration():
    assert fields.demanded(Visit, {}) == {"customer_id", "rep_id", "visited_at", "minutes", "topic"}
    assert fields.demanded(Deal, {}) == {"rep_id", "opened_on"}
    assert fields.demanded(Deal, {"status": "lost"}) >= {"loss_reason", "closed_on"}
    assert "plan" in fields.demanded(WorkReport, {"status": "submitted"})
    assert "plan" not in fields.demanded(WorkReport, {})


def test_a_form_refuses_what_its_page_requires():
    with pytest.raises(RefusedError) as refused:
        forms.demand({"amount": Unreadable("x"), "customer_id": None}, frozenset(["customer_id"]))
    assert refused.value.problems.select("field", "code").rows() == [
        ("amount", "not_an_amount"),
        ("customer_id", "required"),
    ]


def test_every_rule_has_its_words():
    codes = {rule.code for record in RECORDS.values() for rule in record.RULES}
    assert [code for code in codes if not i18n.has(f"errors.{code}")] == []


def test_a_search_finds_words_in_any_order(driver):
    driver.open("customers").set("customers.search", "jiangsu heng")
    assert "**1** customers" in driver.text


def test_a_moment_is_entered_in_the_departments_time_zone(driver, noon):
    driver.store.save_settings({"timezone": "America/New_York"}, by("test"))
    noon -= timedelta(days=2)  # past there as well, whatever the hour
    visit(driver, topic="Price", minutes="1", visited_at=noon).press("visits.new.send")
    gap = driver.store.rows(Visit)["visited_at"].item() - noon
    assert gap in (timedelta(hours=4), timedelta(hours=5))


def test_of_many_customers_one_is_found_by_a_part_of_its_name(driver, monkeypatch):
    monkeypatch.setattr(picking, "MOST", 1)
    driver.open("visits", **{"for": "R1"})
    assert driver.widget("visits.new", "customer_id").options == ["Hengyuan"]  # the rep's own
    find = f"visits.new.customer_id.{driver.form_id('visits.new')}.find"
    driver.set(find, "link")
    assert driver.widget("visits.new", "customer_id").options == ["*Bold* [link](x)"]

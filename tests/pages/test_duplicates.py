"""Customers that may be one: asked about before they are saved twice, merged, taken back."""

import pytest

from data import entry
from data.records import Customer, Deal
from data.store import Store
from tests import signing_in
from tests.actors import by

NAME = "苏州恒远精密机械有限公司"


@pytest.fixture
def twice(small):
    """A customer of R1's, and the same once more as R2's, with a deal."""
    store = Store(small)
    other = "蘇州恆遠精密機械股份有限公司"
    rows = [
        {"id": "A", "name": NAME, "owner_rep_id": "R1", "region": "江苏", "note": "*first*"},
        {
            "id": "B",
            "name": other,
            "owner_rep_id": "R2",
            "address": "9 Road",
        },
    ]
    entry.put(store, Customer, rows, by("gm"), "rows")
    deal = {"id": "D", "rep_id": "R2", "customer_id": "B", "opened_on": store.today()}
    entry.add_deal(store, deal, by("gm"), "deal")
    store.close()
    return small


# ---- the form


@pytest.mark.usefixtures("twice")
def test_a_new_customer_that_looks_like_a_stored_one_is_asked_about_and_kept(driver):
    driver.open("customers", customer="new")
    driver.fill("customers.new", name=" 苏州恒远精密机械 ", owner_rep_id="R1")
    driver.press("customers.new.send")
    assert NAME in driver.text
    assert "looked after by Li Na" in driver.text
    assert driver.store.rows(Customer).height == 4
    assert driver.widget("customers.new", "name").value.strip() == "苏州恒远精密机械"
    driver.press("customers.new.anyway")
    assert driver.store.rows(Customer).height == 5
    assert "Customer added" in driver.text


@pytest.mark.usefixtures("twice")
def test_one_of_the_candidates_can_be_opened_instead(driver):
    driver.open("customers", customer="new")
    driver.fill("customers.new", name=NAME, owner_rep_id="R1").press("customers.new.send")
    driver.press("customers.new.alike.0")
    assert driver.test.query_params["customer"] in ("A", "B")
    assert driver.store.rows(Customer).height == 4


@pytest.mark.usefixtures("twice")
def test_a_rep_learns_of_anothers_customer_only_that_it_is_theirs(driver):
    driver.token = signing_in.as_person(driver.store, "R1")
    driver.open("customers", customer="new")
    driver.fill("customers.new", name=NAME).press("customers.new.send")
    assert "A customer like this one is looked after by **Wu Gang**" in driver.text
    assert "蘇州恆遠" not in driver.text
    assert "9 Road" not in driver.text


@pytest.mark.usefixtures("twice")
def test_another_name_for_a_stored_customer_is_asked_about_too(driver):
    driver.open("customers", customer="C1")
    driver.fill("customers.C1", name=NAME).press("customers.C1.send")
    assert "like this one" in driver.text
    driver.press("customers.C1.anyway")
    assert driver.store.rows(Customer, ids=["C1"])["name"].item() == NAME


@pytest.mark.usefixtures("twice")
def test_a_customer_whose_name_stays_is_not_asked_about(driver):
    driver.open("customers", customer="A")
    driver.fill("customers.A", address="1 Road").press("customers.A.send")
    assert driver.store.rows(Customer, ids=["A"])["address"].item() == "1 Road"


# ---- the screen


@pytest.mark.usefixtures("twice")
def test_two_customers_are_merged_and_taken_apart_again(driver):
    driver.open("duplicates")
    assert "**1** pairs" in driver.text
    driver.press("duplicates.merge")
    assert driver.store.rows(Customer, ids=["A"]).is_empty()  # B has the deal
    row = driver.store.rows(Customer, ids=["B"]).row(0, named=True)
    assert (row["region"], row["note"], row["address"]) == ("江苏", "*first*", "9 Road")
    assert "No customers look alike" in driver.text
    driver.press("duplicates.undo_last")
    assert driver.store.rows(Customer).height == 4
    assert driver.store.rows(Customer, ids=["B"])["region"].item() is None


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("page", ["customers", "customer"])
def test_a_link_to_a_merged_customer_leads_to_the_kept_one(driver, page):
    entry.merge_customers(driver.store, "A", "B", (), by("gm"), "m1")
    driver.open(page, customer="B")
    assert NAME in driver.text
    assert driver.test.query_params["customer"] == "A"


@pytest.mark.usefixtures("twice")
def test_the_person_chooses_who_stays_and_which_values(driver):
    driver.open("duplicates")
    driver.test.radio(key="duplicates.stays.A.B").set_value("A").run()
    driver.test.radio(key="duplicates.value.A.B.name").set_value("gone").run()
    driver.press("duplicates.merge")
    row = driver.store.rows(Customer, ids=["A"]).row(0, named=True)
    assert row["name"].startswith("蘇州")
    assert driver.store.rows(Deal)["customer_id"].item() == "A"


@pytest.mark.usefixtures("twice")
def test_a_pair_that_is_not_the_same_is_not_listed_again_unless_asked(driver):
    driver.open("duplicates")
    driver.press("duplicates.distinct")
    assert "No customers look alike" in driver.text
    driver.press("duplicates.undo_last")
    assert "**1** pairs" in driver.text


@pytest.mark.usefixtures("twice")
def test_an_undo_that_cannot_be_is_refused_with_its_reason(driver):
    entry.merge_customers(driver.store, "A", "B", ("address",), by("gm"), "m1")
    entry.edit(driver.store, Customer, "A", {"address": "elsewhere"}, by("gm"), "e1")
    driver.open("duplicates", section="merges")
    driver.press("duplicates.undo.m1")
    assert "Address: It was changed to “elsewhere” since the merge" in driver.text
    assert driver.store.rows(Customer).height == 3


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("section", ["suspects", "merges"])
def test_nothing_to_decide_is_said(driver, section):
    entry.distinguish(driver.store, "A", "B", by("gm"), "x1")
    driver.open("duplicates", "zh", section=section)
    assert "没有疑似重复的客户" in driver.text or "还没有合并过客户" in driver.text

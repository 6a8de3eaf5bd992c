from decimal import Decimal

import duckdb
import pytest

from data import entry
from data.records import Contact, Customer, Deal
from data.store import Store
from pages.ui.screens import audit
from tests import running
from tests.actors import by

LANGUAGES = ("zh", "en")
SECRETS = ("777", "888", "Hengyuan", "C1", "D1", "Line one", "13800138000", "Wang Jianguo")


@pytest.fixture
def lived_in(small):
    """The small department after a deal, its new amount, a phone number and a note."""
    store = Store(small)
    boss = by("R2")
    deal = {"id": "D1", "name": "Line one", "rep_id": "R1", "customer_id": "C1"}
    values = deal | {"amount": Decimal(777), "opened_on": running.TODAY}
    entry.add_deal(store, values, boss, "deal")
    entry.edit(store, Deal, "D1", {"amount": Decimal(888)}, boss, "amount")
    entry.edit(store, Contact, "K1", {"phone": "13800138000"}, boss, "phone")
    entry.edit(store, Customer, "C1", {"note": "*bold* [link](x) <b>"}, boss, "note")
    store.save_settings({"report_due_time": "17:00"}, boss)
    store.close()
    return small


@pytest.fixture
def tampered(lived_in):
    """The same after somebody changed the closed file."""
    with duckdb.connect(str(lived_in)) as connection:
        connection.execute("UPDATE deals SET amount = 999 WHERE id = 'D1'")


def shown(driver):
    """The table of entries."""
    [table] = driver.test.dataframe
    return table.value


def column(driver, name):
    return shown(driver)[name].to_list()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_is_read_in_words(lived_in, driver, language):
    driver.open("audit", language, about="Deal")
    changed, added = shown(driver).to_dict("records")
    words = {
        "zh": ("修改", "商机", "金额：¥777.00 → ¥888.00"),
        "en": ("Changed", "Deal", "Amount: ¥777.00 → ¥888.00"),
    }
    told = (changed["action"], changed["record"], changed["changes"])
    assert told == words[language]
    assert (changed["actor"], changed["subject"]) == ("Wu Gang", "Line one")
    assert "Hengyuan" in added["changes"]


def test_settings_and_personal_fields_are_told_by_their_labels(lived_in, driver):
    driver.open("audit", did="settings")
    assert column(driver, "changes") == ["Due at: 18:00 → 17:00"]
    driver.open("audit", about="Contact", did="update")
    assert column(driver, "changes") == ["Phone: •••"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_administrator_sees_who_and_when_but_no_sales(lived_in, driver, language):
    driver.sign_in_as("admin").open("audit", language)
    table = shown(driver)
    assert {"Wu Gang"} < set(table["actor"])
    assert len(table) == driver.store.audit_rows().height
    everything = driver.text + table.drop(columns="acted_at").to_csv()
    assert [secret for secret in SECRETS if secret in everything] == []
    driver.open("audit", language, id="D1")
    assert not driver.test.dataframe


def test_filters_stand_in_the_address(lived_in, driver):
    driver.open("audit").set("audit.did", "update").set("audit.about", "Customer")
    assert driver.test.query_params["did"] == "update"
    assert column(driver, "subject") == ["Hengyuan"]
    assert "1** of" in driver.test.header[0].value
    driver.set("audit.id", "C2")
    assert "No entry matches" in driver.text
    driver.press("audit.clear")
    assert "did" not in driver.test.query_params
    assert len(shown(driver)) > 5


def test_days_are_filtered_with_the_last_included(lived_in, driver):
    driver.open("audit", since=str(running.TODAY), last=str(running.TODAY))
    assert len(shown(driver)) > 5
    driver.open("audit", last="2020-01-01")
    assert "No entry matches" in driver.text
    driver.open("audit", since="nonsense")
    assert len(shown(driver)) > 5


def test_pages_are_turned(lived_in, driver, monkeypatch):
    monkeypatch.setattr(audit, "PAGE", 4)
    driver.open("audit")
    count = driver.store.audit_rows().height
    assert f"1–4 of {count}" in driver.text
    first = shown(driver).to_csv()
    driver.press("audit.older")
    assert f"5–8 of {count}" in driver.text
    assert shown(driver).to_csv() != first
    driver.press("audit.newer")
    assert shown(driver).to_csv() == first
    driver.test.query_params["page"] = "99"
    driver.test.run()
    assert len(shown(driver)) in range(1, 5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_is_verified_at_a_click(lived_in, driver, language):
    driver.open("audit", language).press("audit.verify")
    [said] = driver.test.success
    assert {"zh": "所有数据与它一致", "en": "all data agree with it"}[language] in said.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_changed_behind_it_is_named(tampered, driver, language):
    driver.open("audit", language).press("audit.verify")
    [said] = driver.test.error
    wanted = {"zh": "商机 Line one \\(D1\\)：内容与", "en": "Deal Line one \\(D1\\) is not as"}
    assert wanted[language] in said.value
    assert "999" not in said.value


def test_what_was_changed_is_not_named_to_an_administrator(tampered, driver):
    driver.sign_in_as("admin").open("audit").press("audit.verify")
    [said] = driver.test.error
    assert "Deal ••• is not as" in said.value
    assert "D1" not in said.value


def test_a_form_links_to_the_history_of_its_record_for_who_may_read_it(lived_in, driver):
    def links(role):
        driver.sign_in_as(role).open("deals", deal="D1")
        return [link.proto.query_string for link in driver.test.get("page_link")]

    assert "lang=en&id=D1" in links("gm")
    assert not any("D1" in query for query in links("assistant"))


def test_an_empty_log_says_so(store_path, driver):
    driver.open("audit", did="load")
    assert "No entry matches" in driver.text

from decimal import Decimal

import pytest

from data import entry
from data.records import Deal
from data.store import Store
from pages.ui import comparing, session
from pages.ui.i18n import text
from tests import running
from tests.actors import by

TODAY = running.TODAY
A_YEAR_AGO = TODAY.replace(year=TODAY.year - 1, day=1)


def won(path, rep_id, amount, closed_on=TODAY):
    deal = {"rep_id": rep_id, "customer_id": "C1", "stage": "won", "status": "won"}
    deal |= {"opened_on": closed_on, "closed_on": closed_on, "amount": Decimal(amount)}
    store = Store(path)
    entry.add(store, Deal, deal, by("test"), entry.new_form_id())
    store.close()


def metric(driver, label):
    found = next(m for m in driver.test.metric if m.label == label)
    return found.value, found.delta, found.proto.delta_description


@pytest.mark.parametrize(
    ("address", "offered"),
    [
        ({}, ["previous", "last_year"]),
        ({"period": ["year"]}, ["previous"]),
        ({"period": ["all"]}, []),
        ({"team": ["East"]}, ["previous", "last_year", "department"]),
        ({"rep": ["R1"]}, ["previous", "last_year", "team", "department"]),
        ({"rep": ["R1"], "period": ["all"]}, ["team", "department"]),
    ],
)
def test_what_can_be_compared_depends_on_the_filters(address, offered):
    assert comparing.offered(session.parsed(address)) == offered


def test_a_running_month_is_marked_and_compared_with_a_year_before(small, driver):
    won(small, "R1", 300)
    won(small, "R1", 200, A_YEAR_AGO)
    driver.open("overview", against="last_year")
    assert metric(driver, "Won") == ("¥300", "50.0%", text("en", "common.on_last_year"))
    assert str(A_YEAR_AGO.year) in driver.text
    assert driver.test.query_params["against"] == "last_year"
    driver.set("filter.against", "previous")
    assert metric(driver, "Won")[1] == ""
    assert "against" not in driver.test.query_params


def test_beside_the_department_sums_are_shares_and_rates_differences(small, driver):
    won(small, "R1", 1000)
    won(small, "R2", 3000)
    driver.open("overview", rep="R1", against="department")
    assert metric(driver, "Won") == ("¥1.00k", "25.0%", text("en", "common.of_department"))
    assert metric(driver, "Win rate")[1:] == ("0.0 pts", text("en", "common.on_department"))
    assert text("en", "filters.whole_department") in driver.text


def test_a_rep_is_compared_with_the_own_team_on_every_screen(small, driver):
    won(small, "R1", 1000)
    won(small, "R2", 3000)
    for page in ("overview", "conversion", "rep"):
        driver.open(page, rep="R1", against="team")
        assert text("en", "filters.beside", whole="East") in driver.text
    assert metric(driver, "Won")[1:] == ("100.0%", text("en", "common.of_team"))


def test_a_comparison_that_is_not_to_be_had_is_the_period_before(small, driver):
    driver.open("overview", against="team")
    assert driver.by_key("filter.against").value == "previous"


def test_someone_without_a_team_has_nothing_beside(small, driver):
    won(small, "R2", 1000)
    driver.open("rep", "zh", rep="R2", against="team")
    assert metric(driver, text("zh", "columns.won_amount"))[1] == ""

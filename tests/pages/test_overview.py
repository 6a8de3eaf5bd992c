from decimal import Decimal

import polars as pl
import pytest

from data import columns, entry
from data.records import Deal
from data.store import Store
from pages.ui.i18n import text
from tests import running
from tests.actors import by

TODAY = running.TODAY
WON = {"status": "won", "stage": "won", "opened_on": TODAY, "closed_on": TODAY}


def add_deal(path, **values):
    store = Store(path)
    deal = {"rep_id": "R1", "customer_id": "C1", "stage": "lead", "opened_on": TODAY}
    deal |= {"amount": Decimal(1000)} | values
    entry.put(store, Deal, [deal], by("test"), entry.new_form_id())
    store.close()


def add_order(path):
    """A won deal as a list of orders brings it: nobody knows when it was opened."""
    row = {"id": "O1", "rep_id": "R1", "status": "won", "closed_on": TODAY}
    types = columns.schema(Deal)
    frame = pl.DataFrame([row], schema={name: types[name] for name in row})
    store = Store(path)
    store.load({"Deal": frame}, actor=by("test"), origin="import", source="orders")
    store.close()


def answer(driver):
    return driver.test.header[0].value


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_won_is_not_called_a_lack_of_costs(small, driver, language):
    add_deal(small)
    driver.open("overview", language)
    assert text(language, "overview.margin_none") in answer(driver)
    assert text(language, "overview.none_won") in driver.text
    assert text(language, "overview.cost_none") not in driver.text


def test_a_won_deal_without_cost_has_no_margin_for_lack_of_it(small, driver):
    add_deal(small, **WON)
    driver.open("overview")
    assert text("en", "overview.margin_unknown") in answer(driver)
    assert text("en", "overview.cost_none") in driver.text


@pytest.mark.parametrize("page", ["overview", "rep"])
def test_a_filter_that_splits_no_target_is_not_called_a_missing_target(small, driver, page):
    add_deal(small, **WON)
    driver.open(page, rep="R1")
    assert text("en", "overview.target_none") in driver.text
    driver.open(page, rep="R1", region="Jiangsu")
    assert text("en", "overview.target_filtered") in driver.text
    assert text("en", "overview.target_none") not in driver.text


def test_the_answer_says_that_targets_are_not_split(small, driver):
    add_deal(small, **WON)
    driver.open("overview", region="Jiangsu")
    assert text("en", "overview.no_target_filtered") in answer(driver)


def test_unknown_months_are_left_out_of_a_trend(small, driver):
    add_deal(small, **WON, cost=Decimal(600))
    driver.open("overview")
    margin = next(m for m in driver.test.metric if m.label == "Margin")
    assert list(margin.proto.chart_data) == [0.4]


def test_nobody_leads_with_nothing_won(small, driver):
    add_deal(small)
    driver.open("reps")
    assert text("en", "reps.answer_none_won") in answer(driver)


def test_the_closed_deals_beside_the_win_rate_are_those_it_counts(small, driver):
    add_deal(small, **WON)
    add_order(small)
    driver.open("overview")
    won = next(m for m in driver.test.metric if m.label == "Win rate")
    assert won.value == "100.0%"
    assert text("en", "overview.closed_fact", closed=1, won=1) in driver.text

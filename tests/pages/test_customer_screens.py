from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from analytics.query import Query
from data import entry
from data.records import Deal, Visit
from data.store import Store
from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.i18n import text
from tests import running
from tests.actors import by

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def asked(period="month"):
    return filters.query(session.parsed({"period": [period]}))


def charts(driver):
    return driver.test.get("plotly_chart")


def table(driver, column):
    """The table that has this column."""
    return next(t.value for t in driver.test.dataframe if column in t.value)


def file(path, record, **values):
    store = Store(path)
    entry.put(store, record, [values], by("test"), entry.new_form_id())
    store.close()


def buy(path, day, **values):
    order = {"customer_id": "C1", "rep_id": "R1", "status": "won", "stage": "won"}
    amount = {"amount": Decimal(1000), "opened_on": day, "closed_on": day}
    file(path, Deal, **(order | amount | values))


@LANGUAGES
def test_an_empty_store_says_that_there_are_no_customers(driver, language):
    for screen in ("customer_analysis", "customer"):
        driver.open(screen, language)
        assert text(language, "customers.empty") in driver.text
        assert not charts(driver)


@LANGUAGES
def test_the_answer_is_the_reports_in_words(demo, driver, language):
    driver.open("customer_analysis", language, period=running.TWELVE_MONTHS)
    known = cache.report("concentration", asked(period=running.TWELVE_MONTHS)).row(0, named=True)
    care = cache.report("customer-care", asked())
    answer = driver.test.header[0].value
    for figure in (
        fmt.count(known["customers"]),
        fmt.rate(known["top_rate"], 0),
        fmt.count(care["is_at_risk"].sum()),
        fmt.count(care["is_dormant"].sum()),
        fmt.rate(care["is_fresh"].sum() / care["is_fresh"].count(), 0),
    ):
        assert f"**{figure}**" in answer
    assert len(charts(driver)) == 3


def test_every_list_names_its_customers_with_a_reason(demo, driver):
    driver.open("customer_analysis")
    care = cache.report("customer-care", asked())
    quiet = care.filter("is_at_risk")
    shown = table(driver, "why")
    assert shown["customer"].tolist() == quiet["customer"].to_list()
    first = quiet.row(0, named=True)
    assert f"{first['since_days']} days ago" in shown["why"][0]
    driver.set("silence.kind", "dormant").set("silence.days", 90)
    longer = care.filter(pl.col("is_dormant"), pl.col("idle_days") > 90)
    assert len(table(driver, "why")) == longer.height
    assert driver.test.query_params["idle_days"] == "90"
    driver.open("customer_analysis", "zh", idle_days="180")
    assert "180 天" in driver.test.header[0].value


def test_without_visits_orders_alone_count_and_it_is_said(small, driver):
    buy(small, running.TODAY - timedelta(days=200))
    driver.open("customer_analysis", period="all")
    assert text("en", "silence.orders_only").strip("; ") in driver.text
    driver.set("silence.kind", "dormant")
    reasons = dict(table(driver, "why")[["customer", "why"]].values)
    assert reasons["Hengyuan"] == "Last order 200 days ago"
    assert reasons["*Bold* [link](x)"] == "No contact on record"


def test_one_customer_shows_the_figures_of_the_reports(demo, driver):
    care = cache.report("customer-care", asked()).row(0, named=True)
    query = Query(as_of=cache.as_of(), customer=(care["customer_id"],))
    driver.open("customer", customer=care["customer_id"])
    now = cache.report("overview", query).row(0, named=True)
    metrics = {m.label: m.value for m in driver.test.metric}
    assert metrics["Won"] == fmt.money(now["won_amount"], "en", "CNY")
    assert metrics["Margin"] == fmt.rate(now["margin_rate"])
    assert metrics["Since last contact (days)"] == str(care["since_days"])
    events = cache.report("customer-timeline", query)
    assert len(table(driver, "said")) == events.height
    assert table(driver, "said")["said"].count() > 0
    assert len(charts(driver)) == 1


@LANGUAGES
def test_a_customer_without_anything_says_so(small, driver, language):
    driver.open("customer", language, customer="C2")
    assert r"\*Bold\* \[link\]\(x\)" in driver.test.header[0].value
    for key in ("customer.events_none", "customer.deals_none", "customer.contacts_none"):
        assert text(language, key) in driver.text
    assert text(language, "customer.answer_no_contact") in driver.text


def test_what_was_said_and_who_is_missing_stand_beside_what_is_known(small, driver):
    visit = {
        "customer_id": "C1",
        "rep_id": "R1",
        "visited_at": datetime.now(UTC).replace(tzinfo=None) - timedelta(days=3),
    }
    file(small, Visit, **visit, minutes=30, topic="Line 2", outcome="Wants a quote")
    file(small, Deal, customer_id="C1", rep_id="R1", stage="lead", opened_on=date(2026, 1, 5))
    driver.open("customer", customer="C1")
    assert "Line 2 → Wants a quote" in table(driver, "said")["said"].tolist()
    assert "Contacts for 0 of 6 buying roles" in driver.text
    assert table(driver, "phone")["name"].tolist() == ["Wang Jianguo"]
    metrics = {m.label: m.value for m in driver.test.metric}
    assert metrics["Open amount"] == fmt.UNKNOWN  # of a deal without an amount


def test_a_customer_is_chosen_from_a_search_and_an_unknown_one_is_named(small, driver):
    driver.open("customer", customer="nobody")
    assert text("en", "customer.not_known") in [w.value for w in driver.test.warning]
    driver.set("customer.choose", "C1")
    assert driver.test.query_params["customer"] == "C1"
    assert "Hengyuan" in driver.test.header[0].value
    driver.press("customer.another").press("customer.choose.C2")
    assert driver.test.query_params["customer"] == "C2"
    driver.press("customer.another")
    assert "customer" not in driver.test.query_params

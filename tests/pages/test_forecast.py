from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from analytics import forecast_backtest
from data import columns, entry
from data.records import Deal
from data.store import Store
from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.i18n import text
from pages.ui.screens import forecast
from tests import running
from tests.actors import by

LOOK = Look("en", "CNY")
MONTH = session.Filters(period="month")


def question():
    return forecast.asked(filters.query(MONTH))


def table(driver, column):
    return next(t.value for t in driver.test.dataframe if column in t.value)


def add_deals(path, count, **values):
    """Deals that have been open since a year ago, as far as `values` do not say otherwise."""
    store = Store(path)
    deal = {"rep_id": "R1", "customer_id": "C1", "amount": Decimal(1000), "stage": "lead"}
    deal |= {"opened_on": running.TODAY - timedelta(days=365)} | values
    rows = [deal | {"id": f"D{number}"} for number in range(count)]
    entry.put(store, Deal, rows, by("test"), entry.new_form_id())
    store.close()


def add_order(path):
    """A won deal as a list of orders brings it: nobody knows when it was opened."""
    row = {"id": "O1", "rep_id": "R1", "status": "won", "closed_on": running.TODAY}
    types = columns.schema(Deal)
    frame = pl.DataFrame([row], schema={name: types[name] for name in row})
    store = Store(path)
    store.load({"Deal": frame}, actor=by("test"), origin="import", source="orders")
    store.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_store_says_that_there_are_no_deals(driver, store_path, language):
    driver.open("forecast", language)
    assert text(language, "forecast.no_deals") in driver.text
    assert not driver.test.metric


@pytest.mark.parametrize(
    ("reason", "opened_ago"), [("months", 100), ("wins", 365)], ids=["months", "wins"]
)
def test_too_short_a_history_is_said_with_what_is_won(small, driver, reason, opened_ago):
    today = running.TODAY
    opened_on = today - timedelta(days=opened_ago)
    add_deals(small, 5, opened_on=opened_on, status="won", stage="won", closed_on=today)
    driver.open("forecast")
    assert text("en", f"forecast.no_{reason}") in driver.text
    assert "¥5.00k won this month so far" in driver.text
    assert not driver.test.metric


def test_a_list_of_orders_is_not_measurable(small, driver):
    add_order(small)
    driver.open("forecast", "zh")
    assert text("zh", "forecast.no_orders") in driver.text
    driver.open("overview", "zh")
    assert text("zh", "overview.open_card") in [m.label for m in driver.test.metric]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_answer_and_the_cards_are_the_report(demo, driver, language):
    driver.open("forecast", language)
    answer = driver.test.header[0].value
    values = [m.value for m in driver.test.metric]
    for name in forecast.PERIODS:
        known = forecast.row(question(), name)
        amount = fmt.money(known["p50_amount"], language, "CNY")
        assert f"**{amount}**" in answer
        assert amount.removesuffix("万").removesuffix("亿") in " ".join(values)
        if known["reach_rate"] is not None:
            assert forecast.likely(known["reach_rate"]) in values
    assert len(driver.test.get("plotly_chart")) == 2
    months = cache.report("forecast-backtest", question())
    methods = forecast_backtest.summary(months)
    shown = table(driver, "inside_rate")
    assert shown["method"].tolist() == [text(language, f"method.{m}") for m in methods["method"]]
    assert shown["error_rate"].tolist() == pytest.approx((methods["error_rate"] * 100).to_list())
    assert f"**{months['is_inside'].sum()}**" in driver.text


def test_the_deals_stand_in_the_order_that_closes_the_gap(demo, driver):
    driver.open("forecast")
    for name in ("quarter", "month"):
        driver.set("forecast.period", name)
        shown = table(driver, f"{name}_win_rate")
        deals = cache.report("forecast-deals", question())
        best = deals.sort(f"{name}_rank", f"{name}_expected_amount", "deal_id",
            descending=[False, True, False], nulls_last=True)  # fmt: skip
        assert shown["deal"].tolist() == best["deal"].head(200).to_list()


def test_the_rows_of_a_card_are_what_is_won_and_what_is_open(demo, driver):
    driver.open("forecast", rows="forecast_quarter")
    [fold] = [e.label for e in driver.test.expander]
    parts = [forecast.row(question(), "quarter", part)["deals"] for part in ("won", "open")]
    assert text("en", "common.rows_shown", count=fmt.count(sum(parts))) in fold


def test_the_overview_shows_the_forecast_of_its_period(demo, driver):
    for period, label in (("month", "forecast.end_month"), ("quarter", "forecast.end_quarter")):
        driver.open("overview", period=period)
        card = next(m for m in driver.test.metric if m.label == text("en", label))
        known = forecast.row(question(), period)
        assert card.value == LOOK.money(known["p50_amount"])
        assert card.delta == forecast.band(known, LOOK)
        if known["reach_rate"] is not None:
            rate = forecast.likely(known["reach_rate"])
            assert text("en", "forecast.chance", rate=rate) in driver.text
    driver.open("overview", period="year")
    assert text("en", "overview.open_card") in [m.label for m in driver.test.metric]


@pytest.mark.parametrize(
    ("rate", "said"),
    [(0.0, "0%"), (0.0002, "< 1%"), (0.41, "41%"), (0.996, "> 99%"), (1.0, "100%")],
)
def test_what_is_nearly_certain_is_not_called_certain(rate, said):
    assert forecast.likely(rate) == said

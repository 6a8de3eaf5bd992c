from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from data import columns, entry
from data.records import Deal
from data.store import Store
from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.i18n import text
from pages.ui.screens import win_curves
from tests import running
from tests.actors import by

MONTH = session.Filters(period="month")


def asked(chosen=MONTH, **values):
    """What the cards ask of their reports."""
    return replace(win_curves.cohort(filters.query(chosen)), **values)


def shown(driver):
    return next(t.value for t in driver.test.dataframe if "day_365" in t.value)


def test_the_curves_are_of_two_years_or_of_the_period_where_it_is_longer(demo, driver):
    driver.open("conversion")
    today = cache.as_of()
    two_years = date(today.year - 2, today.month, 1)
    assert two_years <= asked().since <= two_years + timedelta(days=31)
    assert asked(session.Filters(period="all")).since is None
    long = session.Filters("custom", date(2015, 1, 1), today)
    assert asked(long).since == date(2015, 1, 1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_readings_on_screen_are_those_of_the_report(demo, driver, language):
    driver.open("conversion", language)
    readings = cache.report("win-by-day", asked(by="size"))
    table = shown(driver)
    assert (
        table["deals"].tolist()
        == readings.unique("group_id", maintain_order=True)["deals"].to_list()
    )
    for at in (30, 180):
        rows = readings.filter(days=at).iter_rows(named=True)
        for cell, row in zip(table[f"day_{at}"], rows, strict=True):
            known = row["won_by_rate"]
            expected = (
                text(language, f"win_curves.{row['certainty']}")
                if known is None
                else fmt.rate(known)
            )
            assert expected in cell
            assert cell.startswith("○") == (row["certainty"] == "indicative")
    assert f"{readings.unique('group_id')['deals'].sum():,}" in driver.text


def test_each_usual_figure_stands_beside_the_honest_one_with_its_bias(demo, driver):
    driver.open("conversion")
    report = cache.report("naive", asked())
    for method in ("closed_only", "snapshot", "survivors"):
        driver.set("win_curves.method", method)
        row = report.filter(method=method).row(-1, named=True)
        metrics = {m.label: m for m in driver.test.metric}
        usual = metrics[text("en", f"method.{method}")]
        assert usual.value == fmt.rate(row["naive_rate"])
        assert fmt.points(row["bias_rate"], "en") in usual.delta
        assert metrics["Honest figure"].value == fmt.rate(row["honest_rate"])
    assert "the failures are missing" in driver.text


def test_a_figure_opens_the_deals_it_counts(demo, driver):
    driver.open("conversion", rows="naive")
    row = cache.report("naive", asked()).filter(method="closed_only").row(0, named=True)
    assert f"· {row['whole']:,} rows" in "\n".join(e.label for e in driver.test.expander)
    driver.open("conversion", rows="cohort")
    assert f"· {row['deals']:,} rows" in "\n".join(e.label for e in driver.test.expander)


def test_a_dimension_of_many_groups_sums_the_smallest(demo, driver):
    driver.open("conversion", period="all").set("win_curves.by", "rep")
    groups = shown(driver)["group"].tolist()
    assert (len(groups), groups[-1]) == (9, "Others")
    driver.set("win_curves.by", "all")
    assert shown(driver)["group"].tolist() == ["All"]


def test_few_deals_say_that_nothing_is_known_yet(small, driver):
    store = Store(small)
    deal = {"rep_id": "R1", "customer_id": "C1", "status": "open", "stage": "lead"}
    entry.put(store, Deal, [deal | {"opened_on": running.TODAY}], by("test"), entry.new_form_id())
    store.close()
    driver.open("conversion", "zh")
    assert set(shown(driver)["day_30"]) == {text("zh", "win_curves.few")}
    assert text("zh", "win_curves.why_unknown") in driver.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_store_has_no_curves(driver, language):
    driver.open("conversion", language)
    assert text(language, "conversion.empty") in driver.text
    assert text(language, "win_curves.title") not in driver.text


def test_orders_alone_have_no_curves_and_say_why(small, driver):
    store = Store(small)
    order = {
        "id": "O1", "rep_id": "R1", "customer_id": "C1", "status": "won", "stage": "won",
        "closed_on": running.TODAY, "amount": Decimal(1000),
    }  # fmt: skip
    types = columns.schema(Deal)
    frame = pl.DataFrame([order], schema={name: types[name] for name in order})
    store.load({"Deal": frame}, actor=by("test"), origin="import", source="orders")
    store.close()
    driver.open("conversion", period="all")
    assert text("en", "conversion.orders") in driver.text
    assert text("en", "win_curves.title") not in driver.text

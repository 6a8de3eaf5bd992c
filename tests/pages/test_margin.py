from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from data import entry
from data.records import Deal
from data.store import Store
from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.i18n import text
from tests import running
from tests.actors import by

YEAR = {"period": running.TWELVE_MONTHS}


def report(name):
    """A report of the year to date, as the screen asks for it."""
    return cache.report(name, filters.query(session.parsed({"period": [running.TWELVE_MONTHS]})))


def add_won(path, **values):
    store = Store(path)
    deal = {
        "rep_id": "R1",
        "customer_id": "C1",
        "status": "won",
        "stage": "won",
        "opened_on": running.TODAY.replace(day=1),
        "closed_on": running.TODAY.replace(day=1),
        "amount": Decimal(1000),
    }
    entry.put(store, Deal, [deal | values], by("test"), entry.new_form_id())
    store.close()


def charts(driver):
    return driver.test.get("plotly_chart")


def tiers(driver):
    return next(t.value for t in driver.test.dataframe if "margin_range" in t.value)


def slider(driver, tier):
    return next(s for s in driver.test.slider if s.key == f"limits.{tier}")


def low(driver):
    """The card of low margins: the only table of deals that does not name the tier."""
    return next(
        t.value for t in driver.test.dataframe if "customer" in t.value and "tier" not in t.value
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_store_says_that_nothing_was_won(driver, language):
    driver.open("margin", language)
    assert text(language, "margin.empty") in driver.text
    assert not charts(driver)


@pytest.mark.parametrize(("language", "period"), [("zh", running.TWELVE_MONTHS), ("en", "all")])
@pytest.mark.parametrize(("view", "pictures"), [("leaks", 3), ("spread", 2), ("authority", 1)])
def test_each_view_of_the_demo_draws_its_pictures(demo, driver, language, period, view, pictures):
    driver.open("margin", language, period=period, view=view)
    assert len(charts(driver)) == pictures


def test_the_answer_is_the_report_in_words(demo, driver):
    driver.open("margin", **YEAR)
    known = report("margin-quantiles").row(0, named=True)
    answer = driver.test.header[0].value
    assert f"**{fmt.rate(known['margin_rate'])}**" in answer
    assert f"**{known['loss_making']}** deals lost money" in answer


def test_the_tiers_on_screen_are_those_of_the_report(demo, driver):
    driver.open("margin", **YEAR, view="authority")
    shown = tiers(driver)
    assert shown["count"].tolist() == report("margin-tiers")["count"].to_list()
    assert shown["tier"].tolist() == ["Rep", "Manager", "GM office", "GM"]
    assert shown["margin_range"].tolist() == ["≥ 50%", "30% – 50%", "20% – 30%", "< 20%"]


def test_cost_coverage_names_counts_and_the_amount_left_out(demo, driver):
    driver.open("margin", **YEAR)
    known = report("margin-quantiles").row(0, named=True)
    won = known["count"] + known["unknown_count"]
    assert known["unknown_count"] > 0
    metrics = {m.label: m.value for m in driver.test.metric}
    assert metrics["Deals with all costs known"] == f"{known['count']} / {won}"
    amounts = [fmt.money(known[name], "en", "CNY") for name in ("known_amount", "won_amount")]
    assert metrics["Amount with known cost"] == " / ".join(amounts)
    assert fmt.money(known["unknown_amount"], "en", "CNY") in driver.text


def test_low_margin_deals_are_rows_worst_first_and_narrow_to_losses(demo, driver):
    driver.open("margin", **YEAR)
    deals = report("low-margin-deals")
    rates = (deals["margin_rate"] * 100).to_list()
    assert low(driver)["margin_rate"].tolist() == pytest.approx(rates)
    driver.set("margin.low", "loss")
    losses = low(driver)
    assert len(losses) == deals.filter(pl.col("gross_profit") < 0).height
    assert (losses["gross_profit"] < 0).all()
    driver.set("margin.low", "unusual")
    assert len(low(driver)) == report("margin-outliers").height > 0
    driver.set("margin.low", "unknown")
    assert low(driver)["gross_profit"].isna().all()


def test_the_bridge_leads_from_one_gross_profit_to_the_other(demo, driver):
    driver.open("margin", **YEAR)
    found = report("margin-bridge")
    before, after = (fmt.money(found["gross_profit"][n], "en", "CNY") for n in (0, -1))
    assert f"From {before} (" in driver.text
    assert f") to {after} (" in driver.text
    net = fmt.money(sum(found["gross_profit"].drop_nulls()[1:-1]), "en", "CNY")
    assert net in driver.test.header[0].value
    products = next(t.value for t in driver.test.dataframe if "volume_gross_profit" in t.value)
    assert len(products) == report("margin-bridge-products").height


def test_two_groups_are_compared_where_there_is_no_earlier_period(demo, driver):
    driver.open("margin", period="all")
    assert driver.by_key("margin.bridge_by.pair").value == "pair"
    driver.set("margin.bridge_dimension.", "team")
    teams = driver.by_key("margin.bridge_first.team").options
    assert f"({teams[0]}) to" in driver.text.replace("\\", "")
    driver.set("margin.bridge_by.pair", "time")
    assert text("en", "bridge.no_period") in driver.text


def test_sliders_count_the_approvals_of_other_limits(demo, driver):
    driver.open("margin", **YEAR, view="authority")
    deals = report("margin-rows").drop_nulls(["cost", "amount"])
    profit, amount = deals["amount"] - deals["cost"], deals["amount"]
    slider(driver, "rep").set_value(40).run()
    driver.checked()
    above = int((100 * profit < 40 * amount).sum())
    assert f"**{above}** deals" in driver.test.header[0].value
    assert tiers(driver)["count"].tolist()[0] == deals.height - above
    assert driver.test.query_params["limits"] == "40,30,20"
    slider(driver, "office").set_value(60).run()  # takes the others along
    assert [slider(driver, tier).value for tier in ("rep", "manager", "office")] == [60, 60, 60]
    driver.press("limits.reset")
    assert "limits" not in driver.test.query_params
    assert slider(driver, "rep").value == 50


@pytest.mark.parametrize("typed", ["45,30,10", "no limits"])
def test_a_link_names_the_limits_or_todays_hold(demo, driver, typed):
    driver.open("margin", **YEAR, view="authority", limits=typed)
    expected = [45, 30, 10] if typed[0] == "4" else [50, 30, 20]
    assert [slider(driver, tier).value for tier in ("rep", "manager", "office")] == expected


@pytest.mark.parametrize("language", ["zh", "en"])
def test_too_few_deals_are_not_judged(demo, driver, language):
    driver.open("margin", language, **YEAR, view="authority")
    count = fmt.count(report("margin-bunching")["count"][0])
    assert text(language, "bunching.few", count=count, fewest="1,000") in driver.text


def test_the_distribution_can_be_read_by_amount_and_by_line(demo, driver):
    driver.open("margin", **YEAR)
    deals = report("margin-quantiles")["count"][0]
    assert f"{deals:,} won deals with known cost" in driver.text
    driver.set("margin.measure", "amount").set("margin.grain", "line")
    assert "order lines with known cost" in driver.text


def test_without_order_lines_there_is_no_choice_of_grain_or_category(small, driver):
    add_won(small, cost=Decimal(700))
    driver.open("margin", period="all")
    assert "margin.grain" not in [b.key for b in driver.test.button_group]
    options = next(s for s in driver.test.selectbox if s.key == "margin.by").options
    assert "Product category" not in options
    assert "30.0%" in driver.test.header[0].value


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_any_cost_no_number_is_shown(small, driver, language):
    add_won(small)
    driver.open("margin", language, period="all")
    assert text(language, "margin.no_cost") in driver.text
    assert not charts(driver)
    assert "0.0%" not in driver.text


def test_the_button_of_an_empty_period_shows_all_time(small, driver):
    past = date(2020, 1, 1)
    add_won(small, cost=Decimal(700), opened_on=past, closed_on=past)
    driver.open("margin", period="month")
    assert "Nothing was won" in driver.text
    driver.press("margin.all")
    assert "30.0%" in driver.test.header[0].value


@pytest.mark.parametrize("by", ["product", "category", "rep"])
def test_every_dimension_draws(demo, driver, by):
    driver.open("margin", **YEAR).set("margin.by", by)
    assert len(charts(driver)) == 3
    driver.open("margin", **YEAR, view="spread").set("margin.spread_by", by)
    assert len(charts(driver)) == 2


def test_an_export_of_orders_reads_as_its_reference(store_path, driver, shared_data):
    folder = shared_data / "adventureworks"
    asked = ("import", "adventureworks", str(folder), "--as-of", "2020-05-31")
    done = running.typed(store_path, *asked)
    assert done.code == 0, done.err
    driver.open("margin", period="all")
    assert "Margin is **1.3%**" in driver.test.header[0].value
    assert "**1,517** deals lost money" in driver.test.header[0].value
    metrics = {m.label: m.value for m in driver.test.metric}
    assert metrics["Deals with all costs known"] == "3,608 / 3,616"
    driver.set("margin.grain", "line")
    assert "57,775 order lines with known cost" in driver.text
    driver.set("margin.view", "authority")
    assert "too few deals around 50% to tell" in driver.text
    driver.open("reps", period="all")
    assert text("en", "reps.orders_only") in driver.text

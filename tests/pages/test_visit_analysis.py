from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from data import entry
from data.records import Deal, Visit
from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.charts import visit_effect, visits
from pages.ui.i18n import text
from tests import running
from tests.actors import by

YEAR = {"period": running.TWELVE_MONTHS}


def report(name, **asked):
    """A report of the year to date, as the screen asks for it."""
    query = filters.query(session.parsed({"period": [running.TWELVE_MONTHS]}))
    return cache.report(name, replace(query, **asked))


def file(driver, record, **values):
    whole = {"rep_id": "R1", "customer_id": "C1"}
    entry.put(driver.store, record, [whole | values], by("test"), entry.new_form_id())


def table(driver, column):
    return next(t.value for t in driver.test.dataframe if column in t.value)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_store_says_that_there_are_no_visits(driver, language):
    driver.open("visit_analysis", language)
    assert text(language, "visit_analysis.empty") in driver.text
    assert not driver.test.get("plotly_chart")


def test_tasks_alone_are_no_visits(small, driver, noon):
    file(driver, Visit, kind="task", visited_at=noon, minutes=30, topic="x")
    driver.open("visit_analysis")
    assert text("en", "visit_analysis.empty") in driver.text


@pytest.mark.parametrize(("language", "period"), [("zh", "month"), ("en", "all")])
def test_the_demo_shows_every_picture_and_the_caution(demo, driver, language, period):
    driver.open("visit_analysis", language, period=period)
    assert len(driver.test.get("plotly_chart")) == 7
    assert text(language, "visit_analysis.caution") in driver.text


def test_the_figures_are_those_of_the_reports(demo, driver):
    driver.open("visit_analysis", **YEAR)
    known = report("visit-summary").row(0, named=True)
    metrics = {m.label: m.value for m in driver.test.metric}
    assert metrics["Visits"] == fmt.count(known["visits"])
    for name in ("coverage_rate", "kept_rate", "advanced_rate"):
        assert metrics[text("en", f"visit_analysis.{name}")] == fmt.rate(known[name])
    answer = driver.test.header[0].value
    assert f"**{fmt.rate(known['coverage_rate'], 0)}** of the customers" in answer
    won = report("visits-per-deal").row(0, named=True)
    assert f"**{fmt.count(won['mean_visits'], 2)}** per won deal" in driver.text
    both = report("visits-per-deal").filter(counted="visits", outcome="difference")
    says_none = text("en", "visit_analysis.difference_none") in answer
    assert says_none == (not both["is_different"][0])


def test_credit_adds_up_to_what_was_won(demo, driver):
    driver.open("visit_analysis", **YEAR).set("visit_analysis.rule", "decay")
    won = report("overview").row(0, named=True)["won_amount"]
    assert report("visit-credit", by="kind", credit="decay")["amount"].sum() == won
    shown = table(driver, "amount_rate")
    assert shown["amount"].sum() == pytest.approx(won / fmt.SCALE / 1000)
    assert shown["kind"].tolist()[-1] == "Deals without visits"


@pytest.mark.parametrize(
    ("figure", "rows", "count"),
    [
        ("coverage_rate", "coverage-rows", "customers"),
        ("advanced_rate", "visit-outcome-rows", "watched"),
    ],
)
def test_a_card_opens_the_rows_that_make_its_figure(demo, driver, figure, rows, count):
    driver.open("visit_analysis", rows=figure, **YEAR)
    known = report("visit-summary").row(0, named=True)
    assert f"{fmt.count(known[count])} rows" in driver.test.expander[0].label
    assert report(rows).height >= known[count]


def test_without_next_days_outcomes_hours_and_costs_each_card_says_so(small, driver, noon):
    midnight = noon - timedelta(hours=12 + 8)  # of the department, Asia/Shanghai, in UTC
    file(driver, Visit, kind="visit", visited_at=midnight, minutes=30, topic="x")
    won = {"status": "won", "stage": "won", "opened_on": noon.date(), "closed_on": noon.date()}
    file(driver, Deal, amount=Decimal(100), **won)
    driver.open("visit_analysis", period="all")
    for key in ("next_none", "noted_none", "per_deal_none", "weekdays_read"):
        assert text("en", f"visit_analysis.{key}") in driver.text
    driver.set("visit_analysis.measure", "gross_profit")
    assert text("en", "visit_analysis.credit_no_cost") in driver.text


def look():
    return cache.look("en")


def test_marks_hand_back_what_they_stand_for(demo, driver):
    driver.open("visit_analysis", **YEAR)
    groups = report("appointments", by="kind")
    bars = visits.appointments(groups, look(), dimension="kind").data
    clicked = {visits.parts(custom[0]) for bar in bars for custom in bar.customdata}
    due = groups.filter(pl.col("due") > 0)["group_id"]
    assert clicked == {(fate, kind) for fate in visits.FATES for kind in due}
    spread, means = report("visits-per-deal-spread"), report("visits-per-deal")
    chart = visit_effect.per_deal(spread, means, look(), counted="visits")
    first = next(trace for trace in chart.data if trace.type == "bar")
    won = spread.filter(counted="visits")["won_rate"].to_list()
    assert list(first.y) == won[: len(first.y)]


def test_a_loss_is_drawn_left_of_zero():
    row = {"group_id": "visit", "group": "visit", "has_visits": True, "visits": 1, "deals": 1}
    groups = pl.DataFrame([row | {"amount": 10**7, "gross_profit": -3 * 10**6}])
    options = {"chosen": "last", "measure": "gross_profit", "dimension": "kind"}
    chart = visit_effect.credit(groups, groups, groups, groups, look(), **options)
    assert chart.data[-1].x[0] == -300
    assert min(chart.layout.xaxis.tickvals) <= -300
    assert chart.layout.xaxis.ticktext[0].startswith("−¥")

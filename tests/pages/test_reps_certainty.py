"""Ranks with their uncertainty, the scorecard and the teams on the ranking screen."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.i18n import text
from tests import running
from tests.pages.test_reps import TODAY, load

YEAR = {"period": running.TWELVE_MONTHS}


def asked(**changes):
    query = filters.query(session.parsed({"period": [running.TWELVE_MONTHS]}))
    return replace(query, **changes)


def table(driver, column):
    return next(t.value for t in driver.test.dataframe if column in t.value)


def test_a_column_that_counts_what_was_done_says_it_has_no_uncertainty(demo, driver):
    driver.open("reps", rank_by="visits", **YEAR)
    assert "For Visits a rank has no uncertainty" in driver.text


def test_groups_are_ranked_with_what_made_them_up(demo, driver):
    driver.open("reps", "zh", **YEAR).set("reps.of", "manager")
    assert driver.test.query_params["of"] == "manager"
    rows = cache.report("team-ranking", asked(by="manager"))
    groups, parts = table(driver, "reps"), table(driver, "is_member")
    assert groups["manager"].tolist() == rows["group"].to_list()
    assert parts["won_amount"].sum() == pytest.approx(groups["won_amount"][0])
    whole = cache.report("overview", asked())["won_amount"][0]
    assert fmt.money(whole, "zh", "CNY") in driver.test.header[0].value


def test_weights_are_a_default_until_a_person_sets_them(own_demo, driver):
    driver.open("reps", **YEAR)
    assert text("en", "scorecard.default") in driver.text
    for name in cache.report("scorecard-weights", asked())["measure"]:
        driver.by_key(f"scorecard.weight.{name}").set_value(0)
    driver.press("scorecard.save")
    assert text("en", "scorecard.nothing") in driver.text
    assert driver.store.settings().scorecard_weights == ()
    driver.by_key("scorecard.weight.won_amount").set_value(60)
    driver.press("scorecard.save")
    assert dict(driver.store.settings().scorecard_weights)["won_amount"] == 60
    assert "Weights chosen by a person: Won amount 100%" in driver.text
    first = cache.report("rep-ranking", asked())["rep"][0]
    assert table(driver, "score")["rep"].tolist()[0] == first
    driver.press("scorecard.equal")
    assert driver.store.settings().scorecard_weights == ()
    assert text("en", "scorecard.default") in driver.text


def test_orders_without_costs_say_what_cannot_be_measured(small, driver):
    load(small, "Deal", {"id": "D1", "rep_id": "R1", "status": "won", "closed_on": TODAY,
                         "amount": Decimal(1000)})  # fmt: skip
    driver.open("reps", period="all")
    for key in ("certainty.place_none", "certainty.margin_none"):
        assert text("en", key) in driver.text
    left_out = ", ".join(
        text("en", f"measure.{name}")
        for name in ("attainment_rate", "margin_rate", "adjusted_rate", "visits", "on_time_rate")
    )
    assert text("en", "scorecard.left_out", measures=left_out) in driver.text

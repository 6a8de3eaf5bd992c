"""One rep beside the department and the closest better peer, and what they work on."""

from dataclasses import replace

import pytest

from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.i18n import text
from pages.ui.screens import rep_beside, rep_work
from tests import running

YEAR = {"period": running.TWELVE_MONTHS}


def asked(rep_id):
    query = filters.query(session.parsed({"period": [running.TWELVE_MONTHS]}))
    return replace(query, rep=(rep_id,))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_strengths_and_weaknesses_are_those_of_the_report(demo, driver, language):
    driver.open("rep", language, rep="R04", **YEAR)
    found = cache.report("rep-comparison", rep_beside.asked(asked("R04")))
    for row in found.filter(standing="weaker").to_dicts():
        if row["measure"] != "step":
            measure = fmt.escaped(text(language, f"measure.{row['measure']}"))
            assert f"- {measure} **" in driver.text
    shown = next(t.value for t in driver.test.dataframe if "standing" in t.value)
    assert len(shown) == found["value"].count()


def test_the_closest_better_peer_is_named_with_the_distance(demo, driver):
    driver.open("rep", rep="R04", **YEAR)
    pair = cache.report("peers", rep_beside.asked(asked("R04"))).row(0, named=True)
    assert f"**{pair['peer']}** (rank {pair['peer_rank']})" in driver.text
    first = cache.report("rep-ranking", rep_beside.asked(replace(asked("R04"), rep=())))
    driver.open("rep", rep=str(first["rep_id"][0]), **YEAR)
    assert text("en", "beside.peer_first") in driver.text


def test_customers_gone_quiet_are_those_at_risk(demo, driver):
    driver.open("rep", rep="R01", **YEAR)
    known = cache.report("customers-at-risk", asked("R01"))
    shown = next(t.value for t in driver.test.dataframe if "usual_gap_days" in t.value)
    assert shown["customer"].tolist() == known["customer"].to_list()


def test_the_ages_of_open_deals_add_up_to_the_rows_below(demo, driver):
    query = asked("R01")
    ages = cache.report("open-ages", query)
    driver.open("rep", rep="R01", **YEAR)
    listed = next(t.value for t in driver.test.dataframe if "age_days" in t.value)
    assert ages["open"].sum() == len(listed)
    assert ages.filter(from_days=0)["open"][0] == (listed["age_days"] < 30).sum()


def test_the_calendar_holds_the_visits_of_its_weeks(demo, driver):
    query = rep_work.lately(asked("R01"))
    days = cache.report("visit-days", query)
    assert days["week_on"].n_unique() == rep_work.WEEKS
    assert days["visits"].sum() == cache.report("visit-rows", query).height


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_department_that_records_little_says_what_is_missing(small, driver, language):
    driver.open("rep", language, rep="R1")
    for key in ("rep.curve_none", "rep.deals_none", "rep.risk_none", "rep.calendar_none"):
        assert text(language, key) in driver.text
    assert text(language, "beside.peer_none") in driver.text
    assert text(language, "beside.too_few") in driver.text

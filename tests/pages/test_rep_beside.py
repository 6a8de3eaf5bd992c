"""One rep beside the department and the closest better peer, and what they work on."""

from dataclasses import replace

from pages.ui import cache, filters, session
from pages.ui import format as fmt
from pages.ui.i18n import text
from pages.ui.screens import rep_beside, rep_work
from tests import running

YEAR = {"period": running.TWELVE_MONTHS}


def asked(rep_id):
    query = filters.query(session.parsed({"period": [running.TWELVE_MONTHS]}))
    return replace(query, rep=(rep_id,))


def table(driver, column):
    return next(t.value for t in driver.test.dataframe if column in t.value)


def test_the_page_shows_what_the_reports_say(demo, driver):
    driver.open("rep", rep="R04", **YEAR)
    query = asked("R04")
    compared = cache.report("rep-comparison", rep_beside.asked(query))
    for row in compared.filter(standing="weaker").to_dicts():
        if row["measure"] != "step":
            measure = fmt.escaped(text("en", f"measure.{row['measure']}"))
            assert f"- {measure} **" in driver.text
    known = compared.drop_nulls("value")["standing"].drop_nulls()
    standing = [text("en", f"standing.{code}") for code in known]
    assert table(driver, "standing")["standing"].dropna().tolist() == standing
    pair = cache.report("peers", rep_beside.asked(query)).row(0, named=True)
    assert f"**{pair['peer']}** (rank {pair['peer_rank']})" in driver.text
    quiet = cache.report("customers-at-risk", query)["customer"].to_list()
    assert table(driver, "usual_gap_days")["customer"].tolist() == quiet
    ages, listed = cache.report("open-ages", query), table(driver, "age_days")
    assert ages["open"].sum() == len(listed)
    assert ages.filter(from_days=0)["open"][0] == (listed["age_days"] < 30).sum()
    weeks = rep_work.lately(query)
    days = cache.report("visit-days", weeks)
    assert days["week_on"].n_unique() == rep_work.WEEKS
    assert days["visits"].sum() == cache.report("visit-rows", weeks).height


def test_who_is_first_has_nobody_to_learn_from(demo, driver):
    first = cache.report("rep-ranking", rep_beside.asked(replace(asked("R01"), rep=())))
    driver.open("rep", "zh", rep=str(first["rep_id"][0]), **YEAR)
    assert text("zh", "beside.peer_first") in driver.text


def test_a_department_that_records_little_says_what_is_missing(small, driver):
    driver.open("rep", "zh", rep="R1")
    for key in ("curve_none", "deals_none", "risk_none", "calendar_none"):
        assert text("zh", f"rep.{key}") in driver.text
    assert text("zh", "beside.peer_none") in driver.text
    assert text("zh", "beside.too_few") in driver.text

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
TABS = ("moves", "cohorts", "losses", "visits")


def report(name):
    """A report of the year to date, as the screen asks for it."""
    return cache.report(name, filters.query(session.parsed({"period": [running.TWELVE_MONTHS]})))


def show(driver, tab, language="en"):
    """Open a tab, as a click on it does."""
    words = text(language, f"pipeline.tab_{tab}")
    driver.test.session_state[f"pipeline.tabs.{language}"] = words
    driver.test.run()
    return driver.checked()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_open_tab_shows_its_card_and_no_other(demo, driver, language):
    driver.open("conversion", language, **YEAR)
    for tab in TABS:
        show(driver, tab, language)
        titles = {name: text(language, f"pipeline.{name}_title") for name in TABS}
        assert [name for name, title in titles.items() if title in driver.text] == [tab]


def test_the_cards_say_what_their_reports_say(demo, driver):
    driver.open("conversion", **YEAR)
    levers = report("velocity")
    metrics = {m.label: m for m in driver.test.metric}
    assert metrics["Won a day"].help == fmt.exact(levers["day_amount"][0], "CNY")
    assert metrics["Open deals"].value == fmt.count(levers["open"][0])
    names = ("Open deals", "Win rate", "Mean won amount", "Mean cycle")
    assert [metrics[name].delta for name in names] == [
        f"+{fmt.money(gain, 'en', 'CNY')} a month" for gain in levers["gain_month_amount"][1:]
    ]
    assert f"{report('transitions')['moves'].sum():,} moves in the period" in driver.text
    show(driver, "visits")
    total = report("visit-to-deal").filter(kind="(all)")
    assert f"{total['customers'][-1]} new customers" in driver.text
    assert f"within 30 days **{fmt.rate(total['reached_rate'][0], 0)}**" in driver.text


def test_a_lever_opens_the_deals_it_rests_on(demo, driver):
    driver.open("conversion", rows="velocity_open", **YEAR)
    titles = [fold.label.replace("\\", "") for fold in driver.test.expander]
    assert f"Open deals: open deals · {report('velocity')['open'][0]:,.0f} rows" in titles


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_not_known_is_said_with_its_reason(small, driver, language):
    store = Store(small)
    deal = {"rep_id": "R1", "stage": "lead", "status": "open", "opened_on": running.TODAY}
    entry.put(store, Deal, [deal], by("test"), entry.new_form_id())
    store.close()
    driver.open("conversion", language, period="all")
    assert text(language, "pipeline.velocity_unknown_win_rate") in driver.text
    assert [m.value for m in driver.test.metric][-5:] == [fmt.UNKNOWN, "1", *[fmt.UNKNOWN] * 3]
    reasons = ("moves_none", "cohorts_young", None, "visits_none")
    for tab, reason in zip(TABS, reasons, strict=True):
        show(driver, tab, language)
        assert (
            text(language, f"pipeline.{reason}" if reason else "conversion.lost_none")
            in driver.text
        )

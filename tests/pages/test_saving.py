import pytest

from data import entry
from pages.ui import cache, saving, session
from pages.ui.i18n import text
from tests.actors import by


@pytest.mark.parametrize(
    "address",
    [
        {},
        {"period": ["2026-01-05..2026-02-03"]},
        {"period": ["quarter"], "team": ["华东组", ""], "rep": ["R1"], "against": ["team"]},
    ],
)
def test_saved_filters_are_read_as_they_were(address):
    chosen = session.parsed(address)
    assert saving.parsed(saving.text_of(chosen)) == chosen


def save(driver, name, *, is_shared=False):
    driver.set("saved.name", name)
    driver.test.checkbox(key="saved.shared").set_value(is_shared)
    driver.press("saved.save")


def test_a_filter_is_saved_used_and_removed(small, driver):
    driver.open("overview", team="East", period="quarter", against="last_year")
    save(driver, "*East*")
    driver.open("margin", period="month")
    driver.press("saved.use.test-gm/*East*")
    kept = driver.test.query_params
    assert (kept["team"], kept["period"], kept["against"]) == ("East", "quarter", "last_year")
    driver.press("saved.remove.test-gm/*East*")
    assert cache.saved_filters().is_empty()


def test_what_others_share_can_be_used_but_not_removed(small, driver):
    driver.open("overview")
    entry.save_filter(driver.store, "all", "period=year", by("bob"), "form-1", is_shared=True)
    driver.open("overview", "zh")
    driver.press("saved.use.bob/all")
    assert driver.test.query_params["period"] == "year"
    assert "saved.remove.bob/all" not in [button.key for button in driver.test.button]


def test_a_filter_needs_a_name(small, driver):
    driver.open("overview")
    save(driver, " ")
    assert text("en", "saved.unnamed") in driver.text
    save(driver, "mine", is_shared=True)
    assert text("en", "saved.unnamed") not in driver.text
    assert cache.saved_filters()["audience"].to_list() == ["shared"]

"""The language switch, and addresses that still have the language from before."""

import pytest

pytestmark = pytest.mark.usefixtures("small")


def arrive(driver, language):
    """A run with an address that has this language; what the app made of it."""
    driver.test.query_params["lang"] = language
    driver.test.run()
    driver.checked()
    return driver.by_key("menu.language").value, driver.test.query_params["lang"]


@pytest.fixture
def switched(driver):
    """The app with its menu after a click from Chinese to English."""
    arrive(driver, "zh")
    return driver.set("menu.language", "en")


def test_a_run_with_the_address_from_before_the_click_does_not_undo_it(switched):
    for _ in range(2):
        assert arrive(switched, "zh") == ("en", "en")


def test_once_the_address_has_followed_an_older_one_is_a_wish_again(switched):
    arrive(switched, "en")
    assert arrive(switched, "zh") == ("zh", "zh")


def test_who_clicks_back_and_forth_has_the_last_language(switched):
    switched.set("menu.language", "zh")
    assert arrive(switched, "en") == ("zh", "zh")
    assert arrive(switched, "zh") == ("zh", "zh")

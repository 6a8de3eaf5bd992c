import pytest

SCREENS = (
    "weekly_report",
    "weekly_reports",
    "visits",
    "deals",
    "customers",
    "department",
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_opens_on_an_empty_store(driver, screen, language):
    driver.open(screen, language)
    assert driver.test.title


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_opens_on_the_demo(demo, driver, screen, language):
    driver.open(screen, language)
    assert driver.test.title

import re

import pytest
from playwright.sync_api import Page, expect

from data import policy
from pages.ui import i18n
from pages.ui.menu import MENU
from tests import running
from tests.browser import marks

EVERY = [
    name for names in MENU.values() for name in names if policy.rights("gm").may_open(name)
]  # who the browser is signed in as


def open_screen(page: Page, name: str, **address: str) -> None:
    query = "&".join(f"{key}={value}" for key, value in address.items())
    page.goto(f"/{'' if name == 'overview' else name}?{query}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()  # all is drawn


def click_bar(page: Page, number: int, told: re.Pattern[str]) -> None:
    """Click a mark of the first chart, found where Plotly draws it."""
    mark = page.locator(".js-plotly-plot").first.locator(".point path").nth(number)
    marks.click(mark, page.get_by_text(told))


def test_every_screen_opens_in_both_languages(page: Page, language: str):
    open_screen(page, "overview")
    menu = page.get_by_test_id("stSidebarNav")
    for name in EVERY:
        title = i18n.text(language, f"nav.{name}")
        menu.get_by_role("link", name=title, exact=True).click()
        expect(page).to_have_title(f"{title} · {i18n.text(language, 'common.app')}")
        expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
        expect(page.get_by_text(i18n.text(language, "common.demo")).first).to_be_visible()
        expect(page.get_by_text(i18n.text(language, "errors.unexpected"))).to_have_count(0)


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_filter_lives_in_the_address_and_survives_a_reload(page: Page):
    open_screen(page, "conversion")
    page.get_by_role("main").get_by_text("Quarter", exact=True).click()
    expect(page).to_have_url(re.compile("period=quarter"))
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("period=quarter"))
    page.get_by_role("link", name="Overview", exact=True).click()
    heading = i18n.text("en", "overview.title_quarter")
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_a_month_shows_its_deals(page: Page):
    open_screen(page, "overview")
    click_bar(page, 10, re.compile(r"^Deals won in .+ · \d+ rows$"))


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_a_click_on_a_stage_shows_the_deals_that_reached_it(page: Page):
    open_screen(page, "conversion", period=running.TWELVE_MONTHS)
    click_bar(page, 2, re.compile("^到达“拜访”的商机 · 共 .+ 条$"))


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_the_language_switch_survives_a_reload(page: Page):
    open_screen(page, "overview")
    page.get_by_text("EN", exact=True).click()
    expect(page).to_have_title(re.compile("^Overview"))
    page.reload()
    expect(page).to_have_title(re.compile("^Overview"))
    expect(page).to_have_url(re.compile("lang=en"))

import re

import pytest
from playwright.sync_api import Page, expect

from pages.ui import i18n
from tests.browser import marks

FOLD = {"zh": r"^毛利率 .+ 的赢单 · 共 \d+ 条$", "en": r"^Won deals with margin .+ · \d+ rows$"}


def open_margin(page: Page) -> None:
    page.goto("/margin?period=all")
    expect(page.locator(".js-plotly-plot")).to_have_count(3)


def test_a_click_on_a_bin_opens_its_deals(page: Page, language: str):
    open_margin(page)
    mark = page.locator(".js-plotly-plot").first.locator(".bars .point path").nth(12)
    marks.click(mark, page.get_by_text(re.compile(FOLD[language])))
    expect(page.get_by_test_id("stDataFrame")).to_have_count(3)


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_a_group_opens_its_lines(page: Page):
    open_margin(page)
    title = re.compile(r"order lines of deals won in the period · [\d,]+ rows$")
    mark = page.locator(".js-plotly-plot").nth(2).locator(".scatterlayer .point").first
    marks.click(mark, page.get_by_text(title))


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_a_size_and_a_margin_opens_its_deals(page: Page):
    page.goto("/margin?period=all&view=spread")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    title = re.compile(r"^Won deals of .+ to .+ with margin .+ · [\d,]+ rows$")
    mark = page.locator(".js-plotly-plot").nth(1).locator(".bars .point path").nth(2)
    marks.click(mark, page.get_by_text(title))


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_a_phone_shows_the_whole_screen_without_scrolling_sideways(page: Page):
    page.set_viewport_size({"width": 390, "height": 3000})
    open_margin(page)
    expect(page.get_by_text(i18n.text("zh", "margin.low_title"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

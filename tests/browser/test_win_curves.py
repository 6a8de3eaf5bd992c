import re

import pytest
from playwright.sync_api import Page

from tests.browser import marks


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_a_reading_opens_the_deals_of_its_curve(page: Page):
    page.goto("/conversion?period=all")
    curves = page.locator(".js-plotly-plot").nth(2)
    mark = curves.locator(".scatterlayer .point").first
    marks.click(mark, page.get_by_text(re.compile(r"^.+: the deals of its curve · [\d,]+ rows$")))

import re

import pytest
from playwright.sync_api import Page

from tests.browser import marks


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_a_rep_shows_the_customers_not_touched(page: Page):
    page.goto("/customer-analysis?period=year")
    bars = page.locator(".js-plotly-plot").nth(2).locator(".point path")
    told = page.get_by_text(re.compile(r": customers not touched in the month · \d+ rows$"))
    marks.click(bars.last, told)

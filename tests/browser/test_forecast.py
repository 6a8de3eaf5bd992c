import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import marks


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_a_click_on_a_month_of_the_back_test_opens_its_deals(page: Page):
    page.goto("/forecast")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    month = page.locator(".js-plotly-plot").nth(1).locator(".scatterlayer .point").last
    marks.click(month, page.get_by_text(re.compile(r"^.+ 成交的商机 · 共 \d+ 条$")))

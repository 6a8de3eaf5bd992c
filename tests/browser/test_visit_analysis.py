import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import marks


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_an_hour_opens_its_visits(page: Page):
    """A heatmap's cells cannot be selected: unseen marks above them can."""
    page.set_viewport_size({"width": 1440, "height": 3200})  # only what is in view is drawn
    page.goto("/visit-analysis?period=all")
    expect(page.locator(".js-plotly-plot")).to_have_count(7)
    mark = page.locator(".js-plotly-plot").nth(4).locator(".scatterlayer .point").first
    marks.click(mark, page.get_by_text(re.compile(r"^Visits on \w+ from \d+:00 · \d+ rows$")))

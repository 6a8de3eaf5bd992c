import re

import pytest
from playwright.sync_api import Page, expect

from tests import running
from tests.browser import marks


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_a_day_of_the_calendar_shows_its_visits(page: Page):
    page.goto(f"/rep?period={running.TWELVE_MONTHS}&rep=R01")
    calendar = page.locator(".js-plotly-plot").filter(has_text="Wednesday")
    square = calendar.locator(".scatterlayer .point").nth(10)
    expect(square).to_be_visible()
    marks.click(square, page.get_by_text(re.compile(r"^Visits on .+ · \d+ rows$")))

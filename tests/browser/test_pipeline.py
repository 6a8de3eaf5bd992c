import re

import pytest
from playwright.sync_api import Page

from tests.browser import marks


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_a_click_on_a_cell_opens_the_moves_in_it(page: Page):
    page.goto("/conversion?period=all")
    cell = page.locator(".st-key-pipeline-moves-light .bars .point path").first
    marks.click(cell, page.get_by_text(re.compile(r"^“线索” → “拜访” 的变动 · 共 [\d,]+ 条$")))

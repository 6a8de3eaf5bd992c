import pytest
from playwright.sync_api import Page, expect

from pages.ui import i18n
from tests.browser import marks

FIRST_TICK = {"x": 16, "y": 52}  # pixels from the corner: a table is one canvas


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_ticked_row_leads_to_its_deal(page: Page):
    page.goto("/overview?period=year&rows=won_amount")
    table = page.get_by_test_id("stDataFrame").first
    expect(table.locator("canvas").first).to_be_visible()
    link = page.get_by_role("link", name=i18n.text("en", "opening.open_deal"))
    marks.click(table, link, position=FIRST_TICK)
    name = link.inner_text().split(": ", 1)[1]
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(i18n.text("en", "deals.title_one"))
    expect(page.get_by_role("heading", level=2)).to_have_text(name)

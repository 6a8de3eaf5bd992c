import pytest
from playwright.sync_api import Page, expect

from pages.ui import i18n
from tests.browser import marks

FIRST_TICK = {"x": 16, "y": 52}  # pixels from the corner: a table is one canvas


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_contacts_phone_is_shown_on_request_only(page: Page):
    page.goto("/customers?customer=C0005")
    show = page.get_by_role("button", name=i18n.text("en", "customers.personal_show"))
    marks.click(page.get_by_test_id("stDataFrame").first, show, position=FIRST_TICK)
    phone = page.get_by_label("Phone")
    expect(phone).to_have_count(0)
    show.click()
    expect(phone).to_have_value("13800007818")

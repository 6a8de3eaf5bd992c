from playwright.sync_api import Page, expect

from pages.ui import i18n


def test_the_app_opens_in_the_browsers_language(page: Page, language: str):
    page.goto("/")
    overview = i18n.text(language, "nav.overview")
    expect(page).to_have_title(f"{overview} · {i18n.text(language, 'common.app')}")
    expect(page.get_by_role("link", name=overview, exact=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

# Streamlit asks Google for the picture of the menu's icon before the tab has its own: it is
# refused on purpose, so that nobody outside learns who works with what.
ICON = "https://fonts.gstatic.com/s/i/short-term/release/materialsymbolsrounded/"


@pytest.mark.parametrize("language", ["en"])
def test_charts_tables_and_uploads_work_without_anything_the_policy_forbids(
    page: Page, language: str
) -> None:
    refused: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text and ICON not in message.text:
            refused.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.goto("/margin")  # Plotly
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.goto("/customers")  # tables
    expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible()
    page.goto("/import")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": b"Name,Phone\nLi Na,1\n"}
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_text("people.csv").first).to_be_visible()
    assert refused == []

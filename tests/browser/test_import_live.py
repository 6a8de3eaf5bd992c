from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pages.ui import i18n
from tests import running, signing_in
from tests.running import Running


@pytest.fixture
def own_app(demo_file: Path, tmp_path: Path) -> Iterator[Running]:
    """An app whose department this test may replace."""
    with running.app(running.copied(demo_file, tmp_path / "own.duckdb")) as app:
        yield app


@pytest.mark.parametrize("language", ["zh"])
def test_an_import_from_a_terminal_shows_on_an_open_dashboard(
    own_app: Running, page: Page, language: str, tmp_path: Path
) -> None:
    page.context.add_cookies([signing_in.cookie(own_app.token)])
    page.goto(own_app.url)
    demo = page.get_by_text(i18n.text(language, "common.demo"))
    expect(demo).to_be_visible()
    assert running.typed(own_app.store, "template", "sheets", folder=tmp_path).code == 0
    imported = running.typed(own_app.store, "import", "yeji", "sheets", folder=tmp_path)
    assert imported.code == 0, imported.err
    expect(demo).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)

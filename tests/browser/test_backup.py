import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from pages.ui import i18n


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_the_whole_department_is_downloaded_once(page: Page):
    page.goto("/backup")
    page.get_by_role("button", name=i18n.text("zh", "backup.export_make")).click()
    link = page.get_by_role("link", name="yeji-")
    expect(link).to_be_visible()
    address = link.get_attribute("href")
    with zipfile.ZipFile(io.BytesIO(page.request.get(address).body())) as file:
        names = {name.split("/", 1)[1] for name in file.namelist()}
    assert {"csv/deals.csv", "parquet/deals.parquet", "manifest.json"} <= names
    assert page.request.get(address).status == 410

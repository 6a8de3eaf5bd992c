import csv
import io

import pytest
from playwright.sync_api import Page, expect

from pages.ui import i18n


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_the_log_is_verified_and_taken_away_and_that_is_in_it(page: Page):
    page.goto("/audit")
    page.get_by_role("button", name=i18n.text("zh", "audit.verify")).click()
    expect(page.get_by_text("所有数据与它一致")).to_be_visible()
    for _ in range(2):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=i18n.text("zh", "common.csv")).click()
        text = waiting.value.path().read_text("utf-8-sig")
    entries = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [entries[0][name] for name in ("操作", "对象")] == ["导出", "审计记录"]
    assert "audit-zh.csv" in entries[0]["改动"]

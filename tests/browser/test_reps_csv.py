import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from pages.ui import i18n
from tests import running
from tests.browser import marks
from tests.running import Running


def open_reps(page: Page) -> None:
    page.goto("/reps?period=all")
    expect(page.locator(".js-plotly-plot .scatterlayer .point").first).to_be_visible()


def downloaded(page: Page, language: str, kind: str) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=i18n.text(language, f"common.{kind}")).first.click()
    return waiting.value.path()


def test_the_downloaded_ranking_is_the_terminal_s_byte_for_byte(
    page: Page, language: str, live_app: Running
):
    open_reps(page)
    made = downloaded(page, language, "csv").read_bytes()
    asked = ("report", "rep-ranking", "--format", "csv", "--lang", language)
    assert made.decode() == running.command(live_app.store, *asked).out
    lines = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert lines[0][i18n.column(language, "rank")] == "1"


@pytest.mark.parametrize("language", ["zh"], indirect=True)
def test_the_downloaded_sheet_is_logged_and_has_the_same_people_and_typed_numbers(
    page: Page, live_app: Running
):
    open_reps(page)
    sheet = pl.read_excel(downloaded(page, "zh", "xlsx"))
    lines = csv.DictReader(
        io.StringIO(downloaded(page, "zh", "csv").read_bytes().decode("utf-8-sig"), newline="")
    )
    log = running.command(live_app.store, "audit", "export", "--action", "export", "--lang", "zh")
    entries = list(csv.DictReader(io.StringIO(log.out.removeprefix("\ufeff"), newline="")))
    taken = [row["改动"] for row in entries if row["对象"] == "报表"][:2]
    files = [f"文件：{name}" for name in ("ranking-zh.csv", "ranking-zh.xlsx")]
    assert [text.split("；")[0] for text in taken] == files
    assert all(text.endswith(f"行数：{sheet.height}；时间：全部") for text in taken)
    won = i18n.column("zh", "won_amount")
    assert sheet[won].to_list() == pytest.approx([float(line[won]) for line in lines])
    assert sheet.schema[won].is_numeric()


@pytest.mark.parametrize("language", ["en"], indirect=True)
def test_a_click_on_a_rate_shows_the_rep_and_the_way_to_their_page(page: Page):
    open_reps(page)
    link = page.get_by_role("link", name=i18n.text("en", "reps.open"))
    marks.click(page.locator(".js-plotly-plot .scatterlayer .point").nth(4), link)
    link.click()
    expect(page).to_have_url(re.compile(r"[?&]rep=R\d+"))
    expect(page.get_by_role("heading", level=1)).to_have_text(i18n.text("en", "rep.title"))
    expect(page.get_by_role("heading", level=2)).to_contain_text("won")

import io
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest

from analytics import periods
from analytics.query import DIMENSIONS
from data import entry
from data.records import Deal
from data.store import Store
from pages.ui import cache, export, filters, finding_words, session
from pages.ui.charts.figure import Look
from pages.ui.i18n import text
from pages.ui.readable import Reader
from pages.ui.screens import quarter, quarter_groups
from tests import running
from tests.actors import by


def asked():
    query = filters.query(session.Filters())
    return query.over(*quarter._quarters(query.as_of)[0])


def test_the_screen_says_the_figures_of_the_reports_in_words(demo, driver):
    for language in ("zh", "en"):
        driver.open("quarter", language)
        look, said = cache.look(language), plain(driver.text)
        found = cache.report("quarter-findings", asked()).to_dicts()
        assert {row["finding"] for row in found} >= {"total", "mover", "tested"}
        for row in found:
            assert finding_words.sentence(row, look) in said
        for against in periods.AGAINST:
            effects = cache.report("margin-bridge", replace(asked(), against=against)).to_dicts()
            assert finding_words.bridge(effects, look) in said
        total = next(row for row in found if row["measure"] == "won_amount")
        assert look.money(total["now_amount"]) in driver.test.header[0].value


def plain(markdown):
    return markdown.replace("\\", "")


def test_the_quarter_of_a_link_is_shown_and_picture_and_table_follow_the_choice(demo, driver):
    offered = [period.since.isoformat() for period in quarter._quarters(cache.as_of())]
    driver.open("quarter", quarter=offered[1], region="江苏")
    assert driver.by_key("quarter.of").value == offered[1]
    driver.by_key("quarter.of").set_value(offered[2])
    driver.by_key("quarter.by").set_value("rep")
    driver.set("quarter.measure", "visits")
    assert driver.test.query_params["quarter"] == offered[2]
    assert driver.test.query_params["region"] == "江苏"
    query = replace(asked(), region=("江苏",)).over(*quarter._quarters(cache.as_of())[2])
    expected = cache.report("quarter", query)
    shown = driver.test.dataframe[0].value
    assert shown["visits"].tolist() == expected["visits"].to_list()
    assert shown["rep"].tolist() == [text("en", "common.all"), *expected["group"][1:]]
    title = text("en", "quarter.chart_title", measure="Visits")
    assert title in [heading.value for heading in driver.test.subheader]


def test_the_workbook_has_the_findings_and_a_sheet_for_each_dimension(demo, driver):
    look, query = cache.look("zh"), asked()
    sheets = quarter_groups._sheets(query, look, "note")
    raw = export.workbook_bytes(sheets, Reader("zh", "Asia/Shanghai"))
    book = openpyxl.load_workbook(io.BytesIO(raw))
    names = [text("zh", f"filters.{by}") for by in DIMENSIONS]
    first = [text("zh", f"quarter.{key}") for key in ("sheet_about", "sheet", "sheet_bridge")]
    assert book.sheetnames == [*first, *names]
    findings = cache.report("quarter-findings", query)
    sentences = [cell.value for cell in book[book.sheetnames[1]]["D"][1:]]
    assert sentences == [finding_words.sentence(row, look) for row in findings.to_dicts()]
    teams = {row[0]: row[1] for row in book[text("zh", "filters.team")].iter_rows(values_only=True)}
    report = cache.report("quarter", replace(query, by="team"))
    assert teams[text("zh", "common.all")] == report["won_amount"][0] / 10_000
    assert set(report["group"][1:]) <= teams.keys()


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (400, 500, "−100 (−20%)"),
        (401, 401, "±0 (±0%)"),
        (400, 401, "−1 (±0%)"),
        (9000, 10, "+8,990 (> 999%)"),
        (5, 0, "+5"),
    ],
)
def test_a_change_is_said_with_its_sign_and_in_percent_where_that_says_something(now, then, words):
    row = {"measure": "visits", "now_count": now, "then_count": then, "change_count": now - then}
    assert finding_words.change(row, Look("en", "CNY")) == words


def test_the_causes_of_a_change_are_named_and_those_without_a_part_left_out():
    def row(effect, profit, products):
        return {"effect": effect, "gross_profit": profit, "products": products}

    rows = [row("before", 100_000, 2), row("price", -30_000, 1), row("new", 0, 0)]
    rows += [row("mix", None, 1), row("after", 70_000, 2)]
    said = finding_words.bridge(rows, Look("en", "CNY"))
    assert said == "Gross profit ¥10 → ¥7 (−¥3): Price −¥3"
    unknown = [row("before", None, 0), *rows[1:]]
    assert finding_words.bridge(unknown, Look("en", "CNY")) == ""


def test_an_empty_store_says_what_is_missing(store_path, driver):
    driver.open("quarter", "zh")
    assert text("zh", "quarter.empty") in driver.text


def test_a_young_department_without_costs_says_what_cannot_be_compared(small, driver):
    store, today = Store(small), running.TODAY
    deal = {"rep_id": "R1", "customer_id": "C1", "stage": "won", "status": "won"}
    deal |= {"opened_on": today, "closed_on": today, "amount": Decimal(1000)}
    entry.add(store, Deal, deal, by("test"), entry.new_form_id())
    store.close()
    driver.open("quarter")
    assert text("en", "quarter.card_year_unknown") in driver.text
    assert text("en", "quarter.unknown_now", measure="Gross profit") in driver.text
    assert text("en", "quarter.unknown_then", measure="Won") in driver.text
    assert text("en", "quarter.chart_none") in driver.text

import csv
import io
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from data import columns, entry
from data.records import RECORDS, Deal, Rep
from data.store import Store
from pages.ui import cache, export, filters, session
from pages.ui import format as fmt
from pages.ui.i18n import column, text
from pages.ui.readable import Reader
from tests import running
from tests.actors import by

YEAR = {"period": running.TWELVE_MONTHS}
TODAY = running.TODAY


def query(rank_by="won_amount", rep=()):
    """The last twelve months, as the screen asks for them."""
    return replace(
        filters.query(session.parsed({"period": [running.TWELVE_MONTHS]})), rank_by=rank_by, rep=rep
    )


def ranking(rank_by="won_amount"):
    return cache.report("rep-ranking", query(rank_by))


def add_deals(path, *deals):
    store = Store(path)
    whole = {"rep_id": "R1", "opened_on": TODAY, "closed_on": TODAY, "amount": Decimal(1000)}
    for deal in deals:
        entry.put(store, Deal, [whole | deal], by("test"), entry.new_form_id())
    store.close()


def load(path, name, *rows):
    """Rows as an import writes them: it may leave out what a form demands."""
    types = columns.schema(RECORDS[name])
    frame = pl.DataFrame(rows, schema={column: types[column] for column in rows[0]})
    store = Store(path)
    store.load({name: frame}, actor=by("test"), origin="import", source="orders")
    store.close()


def shown(driver):
    return next(t.value for t in driver.test.dataframe if "rank_change" in t.value)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_store_says_there_are_no_reps(driver, language):
    driver.open("reps", language)
    assert text(language, "reps.empty") in driver.text
    driver.open("rep", language)
    assert text(language, "reps.empty") in driver.text


@pytest.mark.parametrize(("language", "period"), [("zh", running.TWELVE_MONTHS), ("en", "all")])
def test_the_demo_is_ranked(demo, driver, language, period):
    driver.open("reps", language, period=period)
    assert len(shown(driver)) > 10
    assert len(driver.test.get("plotly_chart")) == 4  # win rates, places, margins, weights


def test_the_table_shows_the_report_in_its_order(demo, driver):
    driver.open("reps", **YEAR)
    rows, table = ranking(), shown(driver)
    assert table["rep"].tolist() == rows["rep"].to_list()
    assert table["rank"].tolist() == rows["rank"].to_list()
    assert table["won_amount"].tolist() == pytest.approx(
        [amount / fmt.SCALE / 1000 for amount in rows["won_amount"]]
    )
    closed = [f"{won} / {all_}" for won, all_ in rows.select("won", "closed").iter_rows()]
    assert table["won_closed"].tolist() == closed


@pytest.mark.parametrize("rank_by", ["margin_rate", "adjusted_rate"])
def test_any_column_can_rank_and_stands_right_after_the_name(demo, driver, rank_by):
    driver.open("reps", **YEAR).set("reps.rank_by", rank_by)
    table = shown(driver)
    assert table.columns[3] == rank_by
    assert table["rep"].tolist() == ranking(rank_by)["rep"].to_list()
    assert driver.test.query_params["rank_by"] == rank_by


def test_a_link_keeps_the_ranking_column(demo, driver):
    driver.open("reps", rank_by="margin_rate", **YEAR)
    assert shown(driver).columns[3] == "margin_rate"
    assert driver.open("reps", rank_by="nonsense", **YEAR)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_csv_holds_every_column_and_the_exact_numbers(demo, driver, language):
    driver.open("reps", language, **YEAR)
    rows = ranking()
    made = export.csv_bytes(rows, Reader(language, "Asia/Shanghai"))
    assert made.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    named = [n for n in rows.columns if n != "trend"]
    assert list(lines[0]) == [column(language, n) for n in named]
    won = [Decimal(line[column(language, "won_amount")]) for line in lines]
    assert won == [Decimal(amount) / fmt.SCALE for amount in rows["won_amount"]]


def test_the_answer_names_the_first_of_the_ranking(demo, driver):
    driver.open("reps", **YEAR)
    first = ranking().row(0, named=True)
    answer = driver.test.header[0].value
    assert f"**{first['rep']}** leads with" in answer
    assert fmt.money(first["won_amount"], "en", "CNY") in answer


def test_orders_without_lost_deals_have_no_win_rate_and_say_why(small, driver):
    load(small, "Deal", {"id": "D1", "rep_id": "R1", "status": "won", "closed_on": TODAY,
                         "amount": Decimal(1000)})  # fmt: skip
    driver.open("reps", period="all")
    assert text("en", "reps.orders_only") in driver.text
    assert len(driver.test.get("plotly_chart")) == 1  # of the weights
    assert "adjusted_rate" not in shown(driver)


def test_a_name_is_shown_as_it_was_typed(small, driver):
    store = Store(small)
    name = "*Bold* [x](http://a.b)"
    entry.put(store, Rep, [{"id": "R9", "name": name}], by("test"), entry.new_form_id())
    store.close()
    add_deals(small, {"rep_id": "R9", "status": "won", "stage": "won"})
    driver.open("reps", period="all")
    assert f"**{fmt.escaped(name)}**" in driver.test.header[0].value
    assert fmt.escaped(name) in [card.value for card in driver.test.subheader]
    driver.open("rep", period="all", rep="R9")
    assert fmt.escaped(name) in driver.test.header[0].value


@pytest.mark.parametrize(("language", "period"), [("zh", running.TWELVE_MONTHS), ("en", "all")])
def test_every_rep_of_the_demo_has_a_page(demo, driver, language, period):
    driver.open("rep", language, period=period, rep="R01")
    assert len(driver.test.metric) == 8
    # months, steps, curve, rates, ages, visits by day, weekly reports
    assert len(driver.test.get("plotly_chart")) == 7


def test_the_rep_page_sets_the_department_beside_the_rep(demo, driver):
    driver.open("rep", rep="R01", **YEAR)
    own = cache.report("overview", query(rep=("R01",))).row(0, named=True)
    whole = cache.report("overview", query()).row(0, named=True)
    metrics = {m.label: m.value for m in driver.test.metric}
    assert metrics["Margin"] == fmt.rate(own["margin_rate"])
    assert f"Department {fmt.rate(whole['margin_rate'])}" in driver.text


def test_open_deals_wait_the_oldest_first(demo, driver):
    driver.open("rep", rep="R01", **YEAR)
    table = next(t.value for t in driver.test.dataframe if "age_days" in t.value)
    assert table["age_days"].dropna().is_monotonic_decreasing
    assert "lead" not in table["stage"].tolist()


def test_the_weekly_reports_of_the_last_eight_weeks_are_listed(demo, driver):
    driver.open("rep", rep="R01", **YEAR)
    table = next(t.value for t in driver.test.dataframe if "late_days" in t.value)
    assert len(table) == 8
    assert table["period_on"].is_monotonic_decreasing


def test_without_a_rep_the_page_offers_the_names(demo, driver):
    driver.open("rep", **YEAR)
    assert text("en", "rep.choose") in driver.text
    driver.press("rep.choose.R02")
    assert len(driver.test.metric) == 8
    assert driver.test.query_params["rep"] == "R02"


def test_a_rep_who_sold_nothing_has_a_page_without_a_rank(small, driver):
    driver.open("rep", period="month", rep="R2")
    assert not driver.test.exception
    metrics = {m.label: m.value for m in driver.test.metric}
    assert metrics["Margin"] == fmt.UNKNOWN


def test_an_unknown_rep_in_the_address_is_asked_again(demo, driver):
    driver.open("rep", rep="nobody", **YEAR)
    assert text("en", "rep.choose") in driver.text

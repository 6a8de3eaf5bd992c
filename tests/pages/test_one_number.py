"""One number everywhere: on the screen, in the CSV and from the command line."""

import csv
import io
import json
from decimal import Decimal

import pytest

from pages.ui import format as fmt
from tests import running


@pytest.fixture(params=["demo", "salesforce"])
def department(request, store_path, demo_file):
    """A store of each kind; the real export is skipped where it is not there."""
    if request.param == "demo":
        return running.copied(demo_file, store_path)
    folder = request.getfixturevalue("shared_data") / "salesforce_wave"
    asked = ("import", "salesforce", str(folder), "--as-of", "2017-06-01")
    done = running.typed(store_path, *asked)
    assert done.code == 0, done.err
    return store_path


def objects(text):
    return json.loads(text, parse_float=Decimal)


def on_screen(driver, language):
    """The exact figures of the overview's cards, by label: what their tooltips say."""
    driver.open("overview", language=language, period="all")
    return {metric.label: metric.help for metric in driver.test.metric if metric.help}


def exact_rate(rate):
    return fmt.rate(float(rate), 4)


def test_screen_csv_and_terminal_agree_with_and_without_the_app(department, driver, tmp_path):
    screen = on_screen(driver, "en")
    currency = driver.store.settings().currency
    driver.store.close()
    asked = ("report", "overview", "--format")
    alone = running.typed(department, *asked, "json")
    table = running.typed(department, *asked, "csv").out.removeprefix("\ufeff")
    with running.app(running.copied(department, tmp_path / "served.duckdb")) as app:
        served = running.command(app.store, *asked, "json")
    assert served.out == alone.out
    now = objects(alone.out)[0]
    line = next(csv.DictReader(io.StringIO(table, newline="")))
    won = fmt.exact(int(now["won_amount"] * fmt.SCALE), currency)
    assert screen["Won"] == won == fmt.exact(int(Decimal(line["Won"]) * fmt.SCALE), currency)
    for name, label in {"win_rate": "Win rate", "margin_rate": "Margin"}.items():
        if now[name] is None:  # unknown is said, not shown as a number
            assert label not in screen
            assert line[label] == ""
        else:
            assert screen[label] == exact_rate(now[name]) == exact_rate(line[label])


def test_the_ranking_on_screen_is_the_ranking_in_the_csv(department, driver):
    driver.open("reps", language="en", period="all")
    shown = driver.test.dataframe[0].value
    driver.store.close()
    done = running.typed(department, "report", "rep-ranking", "--format", "csv")
    lines = list(csv.DictReader(io.StringIO(done.out.removeprefix("\ufeff"), newline="")))
    ranked = [line for line in lines if line["Rank"]]
    assert shown["rep"].tolist()[: len(ranked)] == [line["Rep"] for line in ranked]
    assert shown["visits"].fillna(0).astype(int).tolist()[: len(ranked)] == [
        int(line["Visits"] or 0) for line in ranked
    ]

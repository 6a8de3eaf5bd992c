"""The benchmarks run, and their plain SQL asks what the reports answer."""

from datetime import date

import duckdb
import polars as pl
import pytest

from analytics import catalogue
from analytics.query import Query
from benchmarks import curves, memory, reports
from data.store import Store
from tests import running

FIGURES = {  # report -> columns that its SQL computes too
    "monthly": ["won_amount", "gross_profit"],
    "win-rate": ["won", "lost", "won_amount"],
    "win-by-day": ["won", "lost"],
    "margin": ["known_amount", "gross_profit"],
    "lost-reasons": ["lost", "lost_amount"],
    "visits": ["visits", "minutes"],
    "visits-per-deal": ["deals", "without_count"],
    "visit-credit": ["visits", "deals"],
    "appointments": ["kept", "late"],
    "coverage": ["customers", "customers_visited", "visits"],
    "concentration": ["customers", "won_amount", "top_amount"],
    "quarter": ["won_amount", "gross_profit", "new_deals", "visits"],
    "customer-rfm": ["won", "won_amount", "recency_score", "frequency_score", "money_score"],
}
SINCE, UNTIL = date(2026, 1, 1), date(2027, 1, 1)


@pytest.fixture
def own_demo(demo_file, tmp_path):
    return running.copied(demo_file, tmp_path / "own.duckdb")


def test_every_plain_query_is_of_a_report():
    assert {file.stem for file in reports.SQL.glob("*.sql")} <= set(catalogue.REPORTS)


@pytest.mark.parametrize("name", FIGURES)
def test_plain_sql_and_report_agree(own_demo, name):
    """Computed twice, by another engine: the sums must be the same."""
    query = (reports.SQL / f"{name}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(own_demo), read_only=True) as connection:
        plain = reports.fetched(connection, query)
    store = Store(own_demo)
    asked = Query(as_of=store.today(), since=SINCE, until=UNTIL)
    rows = catalogue.run(name, store.frame, asked)
    store.close()
    for column in FIGURES[name]:
        scale = 10_000 if column.endswith(("amount", "gross_profit")) else 1
        expected = plain[column].cast(pl.Decimal(38, 4)).sum() or 0
        assert int(expected * scale) == rows[column].sum()


def test_a_line_of_figures_is_printed(own_demo):
    store = Store(own_demo)
    words = reports.line("funnel", store, 1.0).split()
    store.close()
    assert words[:2] == ["funnel", "7"]
    assert all(float(word) >= 0 for word in words[2:])


def test_a_curve_and_a_rate_are_timed_over_the_same_deals():
    tables = curves.made(500)
    asked = Query(as_of=curves.TODAY, by="source")
    deals = {
        name: catalogue.run(name, tables.__getitem__, asked).unique("group_id")["deals"].sum()
        for name in ("win-rate", "win-curves")
    }
    assert deals == {"win-rate": 500, "win-curves": 500}
    assert float(curves.line("x", lambda: sum(range(9_999)), lambda: None).split()[1]) >= 0


@pytest.mark.skipif(not (memory.PROCESS / "clear_refs").exists(), reason="only Linux tells")
def test_a_process_tells_what_its_work_needed():
    held = memory.peak(lambda: bytearray(64 * 2**20))
    assert 60 < held < 80

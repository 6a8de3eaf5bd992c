"""Real order lines with costs, through the shipped mapping, against independent answers.

`reference.json` fills 76 unknown costs with standard costs; its margins therefore differ.
What the product must say, with those lines left out, is written down here.
"""

import json
from datetime import date

import duckdb
import polars as pl
import pytest

from analytics import catalogue
from analytics.query import Query
from data.importing.run import run
from data.store import Store
from tests.actors import by

DEAL_QUANTILES = (-0.066817, -0.025553, 0.012905, 0.102967, 0.259978)
LINE_QUANTILES = (-0.283483, -0.035989, 0.076467, 0.259981, 0.376598)


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "adventureworks"


@pytest.fixture(scope="module")
def store(folder, tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("adventureworks") / "store.duckdb")
    run("adventureworks", folder, store, actor=by("test"), as_of=date(2020, 5, 31))
    yield store
    store.close()


@pytest.fixture(scope="module")
def reference(folder):
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


def report(store, name, **asked):
    return catalogue.run(name, store.frame, Query(as_of=store.settings().as_of, **asked))


@pytest.mark.parametrize(
    ("grain", "known", "unknown", "losses", "quantiles"),
    [("deal", 3_608, 8, 1_517, DEAL_QUANTILES), ("line", 57_775, 76, 20_567, LINE_QUANTILES)],
)
def test_margins_equal_the_independent_answers(store, grain, known, unknown, losses, quantiles):
    row = report(store, "margin-quantiles", grain=grain).row(0, named=True)
    assert (row["count"], row["unknown_count"], row["loss_making"]) == (known, unknown, losses)
    assert [row[f"p{n}_rate"] for n in (5, 25, 50, 75, 95)] == pytest.approx(quantiles, abs=5e-7)
    assert row["margin_rate"] == pytest.approx(0.012828, abs=5e-7)
    bins = report(store, "margin-distribution", grain=grain)
    assert bins["count"].sum() == known
    assert report(store, "margin-tiers", grain=grain)["count"].sum() == known


def test_known_sums_equal_the_reference(store, reference):
    row = report(store, "margin-quantiles").row(0, named=True)
    known = reference["excl_null"]
    assert row["won_amount"] / 10_000 == reference["overall"]["revenue"]
    assert row["known_amount"] / 10_000 == known["revenue"]
    assert row["gross_profit"] / 10_000 == pytest.approx(known["revenue"] - known["cost"])


@pytest.mark.parametrize(
    ("by", "table"),
    [("category", "by_category"), ("region", "by_country"), ("industry", "by_business_type")],
)
def test_won_amounts_by_group_equal_the_reference(store, reference, by, table):
    groups = report(store, "margin", by=by).select("group", "lines", "deals", "won_amount")
    assert {
        group: (lines, deals, amount / 10_000) for group, lines, deals, amount in groups.rows()
    } == {
        group: (known["lines"], known["orders"], known["revenue"])
        for group, known in reference[table].items()
    }


def test_an_order_list_has_no_win_rate_and_no_cycle(store):
    ranking = report(store, "rep-ranking", rank_by="adjusted_rate")
    assert ranking.height == 18  # 17 who sold, and one with nothing but targets
    assert ranking["won"].sum() == 3_616
    unknown = ("win_rate", "adjusted_rate", "median_cycle_days", "visits", "reports_due", "rank")
    assert all(ranking[name].null_count() == ranking.height for name in unknown)


def test_the_ranking_has_every_reps_revenue(store, reference):
    ranking = report(store, "rep-ranking")
    amounts = {rep: amount / 10_000 for rep, amount in ranking.select("rep", "won_amount").rows()}
    for login, known in reference["by_employee"].items():
        assert amounts[login.split("\\")[1]] == known["revenue"]
    assert ranking["won_amount"].is_sorted(descending=True)


def test_low_margin_deals_end_at_the_floor(store):
    low = report(store, "low-margin-deals")
    rates = low["margin_rate"]
    assert rates.is_sorted()
    assert rates.max() < 0.2
    assert low.filter(pl.col("gross_profit") < 0).height == 1_517


def test_orders_alone_leave_winning_unknown(store):
    row = report(store, "overview").row(0, named=True)
    assert (row["won"], row["open"], row["unknown_count"]) == (3_616, 0, 8)
    unknown = ("win_rate", "win_amount_rate", "median_cycle_days", "new_deals", "visits")
    assert [row[name] for name in unknown] == [None] * 5
    groups = report(store, "win-rate")
    assert groups["win_rate"].null_count() == groups.height == 17
    assert report(store, "funnel")["reached"].to_list() == [0]


BOUGHT = """
    SELECT sum(SalesAmount::DECIMAL(18, 4)) AS amount, count(DISTINCT SalesOrderNumber) AS orders,
        max(OrderDate::DATE) AS last_on
    FROM read_csv($file) GROUP BY ResellerKey ORDER BY amount DESC
"""


def test_customers_equal_sql_on_the_file(store, folder):
    file = str(folder / "FactResellerSales.csv")
    bought = duckdb.execute(BOUGHT, {"file": file}).fetchall()
    amounts = [float(amount) for amount, _, _ in bought]
    row = report(store, "concentration").row(0, named=True)
    assert row["customers"] == len(bought) == 632
    assert row["top_rate"] == pytest.approx(sum(amounts[:10]) / sum(amounts))
    shares = [100 * amount / sum(amounts) for amount in amounts]
    assert row["hhi"] == pytest.approx(sum(share * share for share in shares))
    ours = report(store, "customer-rfm").select("won_amount", "won", "last_order_on").rows()
    assert sorted(ours) == sorted((int(a * 10_000), n, on) for a, n, on in bought)
    assert report(store, "customer-segments")["won_amount"].sum() == row["won_amount"]


TARGETS_2019 = """
    WITH targets AS (
        UNPIVOT (FROM read_csv($targets, nullstr = ['NULL', '']) WHERE Year = 2019)
        ON COLUMNS('M[0-9]+') INTO NAME month VALUE thousands
    ),
    won AS (
        SELECT EmployeeKey AS key, 'M' || strftime(OrderDate, '%m') AS month,
            sum(SalesAmount::DECIMAL(18, 4)) AS amount
        FROM read_csv($orders) WHERE year(OrderDate) = 2019 GROUP BY ALL
    )
    SELECT key::VARCHAR, (coalesce(sum(amount), 0) * 10000)::BIGINT,
        (sum(thousands) * 1000 * 10000)::BIGINT
    FROM targets JOIN people ON national_id = EmployeeID LEFT JOIN won USING (key, month)
    GROUP BY key ORDER BY key
"""


def test_attainment_counts_the_months_that_have_a_target(store, reference, folder):
    year = {"since": date(2019, 1, 1), "until": date(2020, 1, 1)}
    attained = report(store, "attainment", **year).sort("group_id")
    ids = [(int(k), int(m["national_id"])) for k, m in reference["employee_map"].items()]
    files = {
        "targets": folder / "ResellerSalesTargets.csv",
        "orders": folder / "FactResellerSales.csv",
    }
    with duckdb.connect() as connection:
        connection.register(
            "people", pl.DataFrame(ids, {"key": pl.Int64, "national_id": pl.Int64}, orient="row")
        )
        known = connection.execute(TARGETS_2019, {k: str(f) for k, f in files.items()}).fetchall()
    assert attained.select("group_id", "won_amount", "target_amount").rows() == known
    assert len(known) == 6


BRIDGE_2019 = """
    WITH lines AS (
        SELECT l.product, year(d.closed_on) - 2018 AS n, l.quantity AS q, l.amount AS a, l.cost AS c
        FROM deal_lines l JOIN deals d USING (deal_id)
        WHERE year(d.closed_on) IN (2018, 2019) AND l.cost IS NOT NULL
    ),
    products AS (
        SELECT product, sum(q * (1 - n)) AS q0, sum(q * n) AS q1, sum(a * (1 - n)) AS a0,
            sum(a * n) AS a1, sum(c * (1 - n)) AS c0, sum(c * n) AS c1
        FROM lines GROUP BY product
    ),
    totals AS (
        SELECT sum(q0) AS all0, sum(q1) AS all1, sum(a0 - c0) / sum(q0) AS margin0
        FROM products WHERE q0 > 0 AND q1 > 0
    )
    SELECT
        sum(a0 - c0) AS before,
        any_value((all1 - all0) * margin0) AS volume,
        sum((q1 - all1 * q0 / all0) * (a0 - c0) / q0) FILTER (q0 > 0 AND q1 > 0) AS mix,
        sum(q1 * (a1 / q1 - a0 / q0)) FILTER (q0 > 0 AND q1 > 0) AS price,
        -sum(q1 * (c1 / q1 - c0 / q0)) FILTER (q0 > 0 AND q1 > 0) AS cost,
        sum(a1 - c1) FILTER (q0 = 0) AS new,
        -sum(a0 - c0) FILTER (q1 = 0) AS lost,
        sum(a1 - c1) AS after
    FROM products, totals
"""


def test_the_bridge_of_2019_equals_sql(store):
    year = {"since": date(2019, 1, 1), "until": date(2020, 1, 1)}
    found = dict(report(store, "margin-bridge", **year).select("effect", "gross_profit").rows())
    with duckdb.connect() as connection:
        for table in ("deals", "deal_lines"):
            plain = pl.selectors.categorical().cast(pl.String)
            connection.register(table, store.frame(table).with_columns(plain))
        theirs = connection.sql(BRIDGE_2019).pl().row(0, named=True)
    for effect, value in theirs.items():
        assert found[effect] == pytest.approx(float(value), abs=200)
    changes = [v for effect, v in found.items() if effect not in ("before", "after")]
    assert sum(changes) == found["after"] - found["before"]
    assert found["amount"] == found["rate"] == found["unknown"] == 0
    assert found["price"] == pytest.approx(10_331_619_235, abs=200)


def test_margins_set_by_a_price_list_are_no_bunching(store):
    found = report(store, "margin-bunching")
    verdicts = dict(found.drop_nulls("tier").select("tier", "bunched").rows())
    assert verdicts == {"office": "chance", "manager": "chance", "rep": "few"}
    assert found["count"][0] == 3_608

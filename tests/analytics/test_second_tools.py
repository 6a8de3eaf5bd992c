"""The same answers from tools that share no code with ours: DuckDB, SciPy, plain Python."""

import random
from collections import defaultdict

import duckdb
import polars as pl
import pytest
from scipy import stats

from analytics import conversion, department, intervals, survival

SINCE, UNTIL = "2025-06-01", "2026-04-01"

CLOSED = """
    SELECT c.industry AS "group",
        count(*) FILTER (d.status = 'won') AS won,
        count(*) FILTER (d.status = 'lost') AS lost,
        coalesce(sum(d.amount) FILTER (d.status = 'won'), 0)::BIGINT AS won_amount,
        count(*) FILTER (d.status = 'won' AND d.opened_on IS NOT NULL)
            / nullif(count(*) FILTER (d.opened_on IS NOT NULL), 0) AS win_rate,
        median(d.closed_on - d.opened_on) FILTER (d.status = 'won')::DOUBLE AS median_cycle_days
    FROM deals d LEFT JOIN customers c USING (customer_id)
    WHERE d.closed_on >= DATE '2025-06-01' AND d.closed_on < DATE '2026-04-01'
    GROUP BY ALL ORDER BY "group" NULLS LAST
"""

PROFIT = """
    WITH items AS (
        SELECT deal_id, amount, cost FROM deal_lines
        UNION ALL
        SELECT deal_id, amount, cost FROM deals
        WHERE deal_id NOT IN (SELECT deal_id FROM deal_lines)
    )
    SELECT sum(i.amount - i.cost)::BIGINT, sum(i.amount)::BIGINT
    FROM items i JOIN deals d USING (deal_id)
    WHERE d.status = 'won' AND i.cost IS NOT NULL
        AND d.closed_on >= DATE '2025-06-01' AND d.closed_on < DATE '2026-04-01'
"""


@pytest.fixture
def sql(make, rows):
    """Runs SQL over the tables of the random department."""
    with duckdb.connect() as connection:
        for name, frame in make.build(*rows).items():
            plain = pl.selectors.categorical().cast(pl.String)
            connection.register(name, frame.with_columns(plain).collect())
        yield lambda query: connection.sql(query).pl()


def test_groups_equal_sql(make, rows, sql):
    query = make.query(since=SINCE, until=UNTIL, by="industry")
    ours = conversion.win_rate(make.build(*rows), query).collect()
    ours = ours.filter(pl.col("won") + pl.col("lost") > 0)  # SQL saw no open deals
    theirs = sql(CLOSED)
    assert ours.select(theirs.columns).to_dicts() == [
        pytest.approx(row, nan_ok=True) for row in theirs.to_dicts()
    ]


def test_profit_equals_sql(make, rows, sql):
    query = make.query(since=SINCE, until=UNTIL)
    ours = department.overview(make.build(*rows), query).collect().row(0, named=True)
    profit, amount = sql(PROFIT).row(0)
    assert (ours["known_amount"], ours["gross_profit"] or 0) == (amount or 0, profit or 0)
    assert ours["margin_rate"] == (pytest.approx(profit / amount) if amount else None)


def test_the_funnel_equals_a_walk_through_each_deal(make, rows):
    ladder = ("lead", "visit", "quote", "won")
    cohort = {
        row.values["deal_id"]: {row.values["stage"]}
        for row in rows
        if row.table == "deals" and row.values["opened_on"]
    }
    for row in rows:
        if row.table == "stage_events":
            cohort[row.values["deal_id"]].add(row.values["stage"])
    entered = [sum(stage in seen for seen in cohort.values()) for stage in ladder]
    reached = [
        sum(bool(seen & set(ladder[n:])) for seen in cohort.values()) for n in range(len(ladder))
    ]
    funnel = conversion.funnel(make.build(*rows), make.query()).collect()
    assert funnel["entered"].to_list() == [len(cohort), *entered]
    assert funnel["reached"].to_list() == [len(cohort), *reached]


@pytest.mark.parametrize("seed", range(20))
def test_quantiles_equal_scipys_kaplan_meier(seed):
    rng = random.Random(seed)
    stays = [(rng.randint(0, 30), rng.random() < 0.7) for _ in range(rng.randint(1, 60))]
    frame = pl.LazyFrame(
        {
            "stage": ["a"] * len(stays),
            "days": [days for days, _ in stays],
            "has_ended": [ended for _, ended in stays],
        }
    )
    ours = survival.quantiles(frame, "stage", p25=0.25, p50=0.5, p90=0.9).collect()
    data = stats.CensoredData.right_censored(
        [days for days, _ in stays], [not ended for _, ended in stays]
    )
    curve = stats.ecdf(data).cdf
    for name, share in (("p25", 0.25), ("p50", 0.5), ("p90", 0.9)):
        steps = zip(curve.quantiles, curve.probabilities, strict=True)
        theirs = next((days for days, p in steps if p >= share - 1e-9), None)
        assert ours[name].item() == theirs


def test_stays_are_compared_within_their_group():
    stays = pl.LazyFrame(
        {"stage": ["a", "b", None], "days": [1, 9, 4], "has_ended": [True, True, False]}
    )
    medians = survival.quantiles(stays, "stage", median_days=0.5).sort("stage").collect()
    assert medians.rows() == [(None, None), ("a", 1.0), ("b", 9.0)]


@pytest.mark.parametrize(("won", "closed"), [(0, 1), (1, 1), (3, 10), (97, 100), (0, 5_000)])
def test_intervals_equal_scipys_wilson(won, closed):
    frame = pl.DataFrame({"won": [won], "closed": [closed]})
    low, high = frame.select(
        *(
            e.alias(n)
            for n, e in zip("lh", intervals.wilson(*map(pl.col, frame.columns)), strict=True)
        )
    ).row(0)
    theirs = stats.binomtest(won, closed).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_no_trials_have_no_interval():
    frame = pl.DataFrame({"won": [0], "closed": [0]})
    low, high = intervals.wilson(pl.col("won"), pl.col("closed"))
    assert frame.select(low.alias("low"), high.alias("high")).row(0) == (None, None)


def test_stays_add_up_to_the_history(make, rows):
    """Each stay is counted once, and the days of ended ones are those between moves."""
    moves = defaultdict(list)
    for row in rows:
        if row.table == "stage_events":
            moves[row.values["deal_id"]].append(row.values["stage"])
    stays = [
        stage
        for path in moves.values()
        for n, stage in enumerate(path)
        if stage not in ("won", "lost") and (n == 0 or path[n - 1] != stage)
    ]
    time = conversion.stage_time(make.build(*rows), make.query()).collect()
    counted = dict(time.select("stage", "stays").rows())
    assert counted == {stage: stays.count(stage) for stage in ("lead", "visit", "quote")}
    open_deals = [r.values for r in rows if r.table == "deals" and r.values["status"] == "open"]
    assert time["running"].sum() == len(open_deals)

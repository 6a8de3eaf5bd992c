"""Visits per won and per lost deal; the interval against SciPy."""

import random

import polars as pl
import pytest
from scipy import stats

from analytics import visits_per_deal
from analytics.visits_per_deal import MOST

PERIOD = {"since": "2026-02-01", "until": "2026-03-01"}


def run(function, make, *rows, **asked):
    return function(make.build(*rows), make.query(**(PERIOD | asked))).collect()


def row(table, counted, outcome):
    is_it = (pl.col("counted") == counted) & (pl.col("outcome") == outcome)
    return table.row(by_predicate=is_it, named=True)


def visited(make, deal_id, count, **values):
    return [
        make.visit(f"{deal_id}.{n}", "2026-02-01", deal_id=deal_id, **values) for n in range(count)
    ]


def test_visits_and_all_activities_are_counted_up_to_the_closing_day(make):
    rows = [
        make.won("D1", "2026-02-20"),
        make.won("D2", "2026-02-20"),
        make.lost("D3", "2026-02-20", opened_on="2026-02-18"),
        make.deal("D4"),
        make.visit("V1", "2026-02-20", deal_id="D1"),
        make.visit("V2", "2026-02-20", deal_id="D1", kind="task", is_visit=False),
        make.visit("V3", "2026-02-21", deal_id="D1"),
        make.visit("V4", "2026-01-01", deal_id="D3"),
        make.visit("V5", "2026-02-02", deal_id="D4"),
        make.visit("V6", "2026-02-02"),
    ]
    found = run(visits_per_deal.per_deal, make, *rows)
    assert found.select("counted", "outcome", "deals", "without_count", "mean_visits").rows() == [
        ("visits", "won", 2, 1, 0.5),
        ("visits", "lost", 1, 0, 1.0),
        ("visits", "difference", None, None, -0.5),
        ("activities", "won", 2, 1, 1.0),
        ("activities", "lost", 1, 0, 1.0),
        ("activities", "difference", None, None, 0.0),
    ]
    assert found["mean_days"].to_list() == [46, 2, None] * 2
    deals = run(visits_per_deal.deal_visits, make, *rows)
    assert deals.select("deal_id", "visits", "activities").rows() == [
        ("D1", 1, 2),
        ("D2", 0, 0),
        ("D3", 1, 1),
    ]


def test_orders_and_deals_from_before_anyone_kept_visits_are_left_out(make):
    rows = [
        make.won("D1", "2026-02-05"),
        make.won("D2", "2026-02-20", opened_on=None),
        make.won("D3", "2026-02-20"),
        make.visit("V1", "2026-02-03", deal_id="D3", is_visit=False, kind="task"),
        make.visit("V2", "2026-02-06", deal_id="D3"),
        make.visit("V3", "2026-01-02"),  # of no deal
    ]
    found = run(visits_per_deal.per_deal, make, *rows)
    assert row(found, "visits", "won")["deals"] == 1
    assert row(found, "activities", "won")["deals"] == 2


def test_without_linked_visits_the_number_is_unknown_not_zero(make):
    rows = [make.won("D1", "2026-02-05"), make.lost("D2", "2026-02-05"), make.visit("V1")]
    found = run(visits_per_deal.per_deal, make, *rows)
    assert found["mean_visits"].to_list() == [None] * 6
    assert found["is_different"].to_list() == [None] * 6


def test_equal_numbers_have_no_interval(make):
    """Three deals with one visit each tell nothing of how far apart deals lie."""
    rows = [row for n in range(3) for row in closed(make, "won", n, 1) + closed(make, "lost", n, 2)]
    found = run(visits_per_deal.per_deal, make, *rows)
    assert row(found, "visits", "difference")["mean_visits"] == -1
    assert found["low_visits"].to_list() == [None] * 6


def closed(make, outcome, number, visits):
    name = f"{outcome}{number}"
    return [getattr(make, outcome)(name, "2026-02-20"), *visited(make, name, visits)]


@pytest.mark.parametrize("seed", range(3))
def test_intervals_equal_students_and_welchs(make, seed):
    rng = random.Random(seed)
    won = [rng.randint(0, 4) for _ in range(rng.randint(2, 30))]
    lost = [rng.randint(0, 2 + 2 * seed) for _ in range(rng.randint(2, 30))]
    rows = [
        part
        for outcome, counts in (("won", won), ("lost", lost))
        for number, count in enumerate(counts)
        for part in closed(make, outcome, number, count)
    ]
    found = run(visits_per_deal.per_deal, make, *rows)
    for outcome, counts in (("won", won), ("lost", lost)):
        theirs = stats.ttest_1samp(counts, 0).confidence_interval()
        ours = row(found, "visits", outcome)
        assert (ours["low_visits"], ours["high_visits"]) == pytest.approx((theirs.low, theirs.high))
        assert ours["without_count"] == counts.count(0)
    test = stats.ttest_ind(won, lost, equal_var=False)
    ours, theirs = row(found, "visits", "difference"), test.confidence_interval()
    assert (ours["low_visits"], ours["high_visits"]) == pytest.approx((theirs.low, theirs.high))
    assert ours["is_different"] == (test.pvalue < 0.05)


def test_the_spread_counts_every_deal_once_and_the_many_together(make):
    rows = [
        part
        for number, count in enumerate((0, 1, 1, MOST, MOST + 5))
        for part in closed(make, "won", number, count)
    ]
    spread = run(visits_per_deal.spread, make, *rows, *closed(make, "lost", 0, 2))
    visits = spread.filter(pl.col("counted") == "visits")
    assert visits["visits"].to_list() == list(range(MOST + 1))
    assert visits["won"].to_list() == [1, 2, *[0] * (MOST - 2), 2]
    assert visits["won_rate"].sum() == pytest.approx(1)
    assert visits["lost_rate"].to_list() == [0, 0, 1, *[0] * (MOST - 2)]

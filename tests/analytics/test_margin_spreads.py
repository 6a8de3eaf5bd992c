"""Margins within groups and against size: the same deals, cut another way."""

import duckdb
import polars as pl
import pytest

from analytics import listing, margin_spreads, margins
from analytics.margin_spreads import SIZE_EDGES

PERIOD = {"since": "2025-07-01", "until": "2026-04-01"}
CELLS = """
    SELECT from_amount, to_amount, bin_percent, count(*) AS count, sum(amount)::BIGINT AS amount
    FROM rows JOIN edges ON amount >= from_amount AND amount < to_amount
    WHERE margin_rate IS NOT NULL
    GROUP BY ALL ORDER BY from_amount, bin_percent
"""
CLASSES = """
    SELECT from_amount, count(*) AS count, sum(gross_profit) / sum(amount) AS margin_rate,
        quantile_cont(margin_rate, [0.25, 0.5, 0.75]) AS quartiles
    FROM rows JOIN edges ON amount >= from_amount AND amount < to_amount
    WHERE margin_rate IS NOT NULL
    GROUP BY ALL ORDER BY from_amount
"""


def rows_of(function, make, rows, **asked):
    return function(make.build(*rows), make.query(**(PERIOD | asked))).collect()


@pytest.mark.parametrize(("by", "grain"), [("team", "deal"), ("product", "line"), ("size", "line")])
def test_groups_add_up_to_the_distribution(make, rows, by, grain):
    groups = rows_of(margin_spreads.by_dimension, make, rows, by=by, grain=grain)
    whole = rows_of(margins.distribution, make, rows, grain=grain)
    summed = groups.group_by("bin_low_rate", "bin_high_rate").agg(pl.col("count", "amount").sum())
    joined = whole.join(
        summed, on=["bin_low_rate", "bin_high_rate"], nulls_equal=True, how="left"
    ).fill_null(0)
    assert joined["count"].to_list() == joined["count_right"].to_list()
    assert joined["amount"].to_list() == joined["amount_right"].to_list()
    for _, group in groups.group_by("group_id"):
        assert group.height == whole.height
        assert group["count_rate"].sum() == pytest.approx(1)


def test_the_unknown_group_is_the_last(make):
    rows = [make.customer("C1", region="Anhui")]
    rows += [
        make.won("A", "2026-03-01", amount=100, cost=60),
        make.won("B", "2026-03-01", amount=100, cost=80, customer_id="C1"),
    ]
    groups = rows_of(margin_spreads.by_dimension, make, rows, by="region")
    filled = groups.filter(pl.col("count") > 0).select("group", "bin_low_rate", "count_rate")
    assert filled.rows() == [("Anhui", 0.2, 1.0), (None, 0.4, 1.0)]


def test_size_classes_hold_their_lower_edge_and_have_no_gaps(make):
    amounts = [1, 9, 10, 15, 16, 25_000, 39_999, 40_000, 10**17 * 64 // 10, 10**18 - 1]
    rows = [make.won(f"D{n}", "2026-03-01", amount=a, cost=0) for n, a in enumerate(amounts)]
    found = rows_of(margin_spreads.sizes, make, rows)
    assert found.select("from_amount", "to_amount", "count").rows() == [
        (1, 10, 2),
        (10, 16, 2),
        (16, 25, 1),
        (25_000, 40_000, 2),
        (40_000, 64_000, 1),
        (64 * 10**16, 10**18, 2),
    ]
    assert list(SIZE_EDGES) == sorted(set(SIZE_EDGES))


@pytest.mark.parametrize("grain", ["deal", "line"])
def test_cells_and_classes_equal_sql(make, rows, grain):
    listed = rows_of(listing.margin_rows, make, rows, grain=grain)
    edges = pl.DataFrame({"from_amount": SIZE_EDGES[:-1], "to_amount": SIZE_EDGES[1:]})
    with duckdb.connect() as connection:
        connection.register("rows", listed.drop(pl.selectors.categorical()))
        connection.register("edges", edges)
        cells, classes = (connection.sql(query).fetchall() for query in (CELLS, CLASSES))
    ours = rows_of(margin_spreads.density, make, rows, grain=grain)
    percent = pl.coalesce("bin_low_rate", pl.col("bin_high_rate") - 0.05) * 100
    ours = ours.select("from_amount", "to_amount", percent.round().cast(int), "count", "amount")
    assert ours.rows() == cells
    sizes = rows_of(margin_spreads.sizes, make, rows, grain=grain)
    for row, (start, count, rate, quartiles) in zip(
        sizes.iter_rows(named=True), classes, strict=True
    ):
        assert (row["from_amount"], row["count"]) == (start, count)
        assert row["margin_rate"] == pytest.approx(rate)
        assert [row[f"p{n}_rate"] for n in (25, 50, 75)] == pytest.approx(quartiles)

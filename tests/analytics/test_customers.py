from collections import defaultdict
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import customers, department

SCORES = ("recency_score", "frequency_score", "money_score")


def report(function, make, rows, **asked):
    return function(make.build(*rows), make.query(**asked)).collect()


def bought(make, customer_id, *orders):
    """Deals won with a customer: (day, amount) each."""
    return [
        make.won(f"{customer_id}.{n}", day, customer_id=customer_id, amount=amount)
        for n, (day, amount) in enumerate(orders)
    ]


def test_each_customer_has_days_orders_and_money_of_the_window(make):
    rows = [
        make.rep("R1", rep="Li"),
        make.customer("C1", customer="Hengyuan", owner_rep_id="R1", region="Jiangsu"),
        *bought(make, "C1", ("2025-12-31", 9_000), ("2026-03-01", 300), ("2026-05-31", 500)),
        make.lost("D9", "2026-06-10", customer_id="C1"),
        make.customer("C2"),
        *bought(make, "C2", ("2026-06-01", 200)),
        *bought(make, None, ("2026-06-01", 1_000)),
    ]
    found = report(customers.rfm, make, rows, since="2026-01-01", until="2026-07-01")
    first = found.row(0, named=True)
    assert found["customer_id"].to_list() == ["C1", "C2"]
    assert (first["won"], first["won_amount"], first["amount_rate"]) == (2, 800, 0.8)
    assert (first["last_order_on"], first["recency_days"]) == (date(2026, 5, 31), 30)
    assert (first["customer"], first["owner"], first["region"]) == ("Hengyuan", "Li", "Jiangsu")


def test_recency_counts_to_the_end_of_a_window_that_is_over(make):
    rows = [make.customer("C1"), *bought(make, "C1", ("2026-01-31", 1))]
    for until, days in (("2026-03-01", 28), ("2026-12-01", 150)):  # as_of is 30 June
        found = report(customers.rfm, make, rows, until=until)
        assert found["recency_days"].item() == days


def test_a_score_is_the_quarter_among_the_customers(make):
    rows = [row for n in range(8) for row in bought(make, f"C{n}", (f"2026-05-0{n + 1}", n))]
    found = report(customers.rfm, make, rows)
    assert found["money_score"].to_list() == found["recency_score"].to_list()
    assert found["money_score"].to_list() == [4, 4, 3, 3, 2, 2, 1, 1]
    assert found["frequency_score"].to_list() == [3] * 8  # alike: the middle is nobody's fault


def test_customers_of_one_value_share_the_score_of_their_middle_place(make):
    rows = [row for n in range(7) for row in bought(make, f"C{n}", ("2026-05-01", 1))]
    rows += bought(make, "C7", ("2026-05-01", 1), ("2026-05-01", 1))
    found = report(customers.rfm, make, rows)
    scores = dict(found.select("customer_id", "frequency_score").rows())
    assert scores.pop("C7") == 4
    assert set(scores.values()) == {2}  # seven of eight: their middle is the fourth place


def test_high_and_low_of_the_three_make_eight_segments(make):
    days, amounts = {True: "2026-06-29", False: "2026-01-05"}, {True: 9_000, False: 10}
    rows, expected = [], {}
    for n, segment in enumerate(customers.SEGMENTS):
        is_rich, is_recent, is_frequent = (not n & bit for bit in (4, 2, 1))
        orders = [(days[is_recent], amounts[is_rich])] * (1 + is_frequent)
        rows += bought(make, f"C{n}", *orders)
        expected[f"C{n}"] = segment
    found = report(customers.rfm, make, rows)
    assert dict(found.select("customer_id", "segment").rows()) == expected


def test_segments_come_best_first_with_the_unknown_customer_last(make):
    rows = [*bought(make, "C1", ("2026-06-01", 300)), *bought(make, None, ("2026-06-01", 100))]
    found = report(customers.segments, make, rows)
    assert found["segment"].to_list() == [*customers.SEGMENTS, None]
    assert found.row(0) == ("champions", 1, 1.0, 1, 300, 0.75)
    assert found.row(-1) == (None, 0, 0.0, 1, 100, 0.25)
    without = report(customers.segments, make, rows, customer="C1")
    assert without["segment"].to_list() == list(customers.SEGMENTS)


def test_segments_add_up_to_the_customers_and_to_the_department(make, rows):
    asked = {"since": "2025-03-01", "until": "2026-03-01"}
    found = report(customers.segments, make, rows, **asked)
    listed = report(customers.rfm, make, rows, **asked)
    whole = report(department.overview, make, rows, **asked).row(0, named=True)
    assert found["won_amount"].sum() == whole["won_amount"]
    assert found["won"].sum() == whole["won"]
    known = found.drop_nulls("segment").filter(pl.col("customers") > 0)
    counted = listed.group_by(pl.col("segment").cast(pl.String)).len().rows()
    assert sorted(known.select(pl.col("segment").cast(pl.String), "customers").rows()) == sorted(
        counted
    )


def test_scores_equal_a_recount(make, rows):
    orders = defaultdict(list)
    for row in (r.values for r in rows if r.table == "deals"):
        if row["status"] == "won" and row["customer_id"]:
            orders[row["customer_id"]].append((row["closed_on"], row["amount"]))
    values = {
        name: (max(d for d, _ in deals), len(deals), sum(a for _, a in deals))
        for name, deals in orders.items()
    }
    found = report(customers.rfm, make, rows)
    assert set(found["customer_id"]) == values.keys()
    for row in found.iter_rows(named=True):
        for place, score in enumerate(SCORES):
            own = values[row["customer_id"]][place]
            others = [v[place] for v in values.values()]
            share = sum(o < own for o in others) + sum(o == own for o in others) / 2
            assert row[score] == 1 + int(4 * share // len(others))


def test_filters_choose_deals_and_compare_their_customers(make):
    rows = [make.customer(c) for c in ("C1", "C2")]
    rows += bought(make, "C1", ("2026-05-01", 100)) + bought(make, "C2", ("2026-05-01", 900))
    rows.append(make.won("D9", "2026-05-02", customer_id="C1", amount=5_000, rep_id="R2"))
    found = report(customers.rfm, make, rows, rep="R1")
    assert found.select("customer_id", "won_amount").rows() == [("C2", 900), ("C1", 100)]


@pytest.mark.parametrize("entry", customers.REPORTS, ids=lambda r: r.name)
def test_neither_row_order_nor_later_records_matter(make, rows, entry):
    query = make.query(as_of="2026-01-31")
    result = entry.make(make.build(*rows), query).collect()
    assert_frame_equal(entry.make(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(entry.make(make.build(*known), query).collect(), result)

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from analytics import concentration


def one(make, rows, **asked):
    frame = concentration.concentration(make.build(*rows), make.query(**asked))
    return frame.collect().row(0, named=True)


def curve(make, rows):
    return concentration.lorenz(make.build(*rows), make.query()).collect()


def bought(make, amounts, day="2026-03-01"):
    """One won deal per amount, each of a customer of its own."""
    return [
        make.won(f"D{n}", day, customer_id=f"C{n}", amount=int(amount))
        for n, amount in enumerate(amounts)
    ]


def test_a_customer_counts_with_all_deals_won_in_the_period(make):
    rows = [
        make.won("D1", "2026-03-01", customer_id="C1", amount=600),
        make.won("D2", "2026-03-31", customer_id="C1", amount=200),
        make.won("D3", "2026-03-02", customer_id="C2", amount=200),
        make.won("D4", "2026-04-01", customer_id="C3", amount=900),
        make.lost("D5", "2026-03-03", customer_id="C4", amount=900),
        make.won("D6", "2026-03-04", customer_id=None, amount=700),
    ]
    assert one(make, rows, since="2026-03-01", until="2026-04-01") == {
        "customers": 2,
        "won_amount": 1_000,
        "unknown_customer_amount": 700,
        "top_amount": 1_000,
        "top_rate": 1,
        "largest_rate": 0.8,
        "hhi": pytest.approx(6_800),
        "equal_customers": pytest.approx(1 / 0.68),
        "gini_rate": pytest.approx(0.3),
    }


def test_equal_customers_are_spread_evenly(make):
    row = one(make, bought(make, [50] * 40))
    assert (row["top_rate"], row["hhi"], row["equal_customers"]) == pytest.approx((0.25, 250, 40))
    assert row["gini_rate"] == pytest.approx(0)


@pytest.mark.parametrize("amounts", [(), (0, 0)], ids=["nobody", "nothing"])
def test_nothing_won_has_no_shares(make, amounts):
    row = one(make, bought(make, amounts))
    assert (row["customers"], row["won_amount"], row["top_amount"]) == (len(amounts), 0, 0)
    shares = ("top_rate", "largest_rate", "hhi", "equal_customers", "gini_rate")
    assert [row[name] for name in shares] == [None] * 5
    assert curve(make, bought(make, amounts))["amount_rate"].count() == 0


@pytest.mark.parametrize("n", [1, 7, 10, 11, 199, 200, 1_000])
def test_shares_and_curve_equal_numpys(make, n):
    amounts = np.sort(np.random.default_rng(n).lognormal(12, 1.5, n).astype(np.int64))
    rows = bought(make, amounts)
    row, points = one(make, rows), curve(make, rows)
    shares = amounts / amounts.sum()
    differences = np.abs(amounts[:, None] - amounts[None, :]).mean()  # Gini by its definition
    assert row["top_rate"] == pytest.approx(shares[-10:].sum(), abs=1e-12)
    assert row["hhi"] == pytest.approx(10_000 * (shares @ shares), rel=1e-12)
    assert row["gini_rate"] == pytest.approx(differences / (2 * amounts.mean()), abs=1e-12)
    drawn = points["customers"].to_numpy()
    assert points["customers_rate"].to_list() == pytest.approx(drawn / n)
    whole = np.concatenate([[0], np.cumsum(amounts)])
    assert points["won_amount"].to_list() == whole[drawn].tolist()
    assert points["amount_rate"].to_list() == pytest.approx(whole[drawn] / whole[-1], abs=1e-12)
    assert points.height == min(n + 1, concentration.MOST_POINTS)
    assert (drawn[0], drawn[-1], np.ptp(np.diff(drawn)) <= 1) == (0, n, True)


def test_the_curve_never_rises_above_equality(make, rows):
    points = curve(make, rows)
    assert (points["amount_rate"] <= points["customers_rate"] + 1e-12).all()


@pytest.mark.parametrize("entry", concentration.REPORTS, ids=lambda r: r.name)
def test_neither_row_order_nor_later_records_matter(make, rows, entry):
    query = make.query(as_of="2026-01-31")
    result = entry.make(make.build(*rows), query).collect()
    assert_frame_equal(entry.make(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(entry.make(make.build(*known), query).collect(), result)

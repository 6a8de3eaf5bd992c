import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import peers, strengths
from analytics.peers import MIX

YEAR = {"since": "2026-01-01", "until": "2027-01-01"}


def found(make, *rows, **asked):
    return peers.peers(make.build(*rows), make.query(**(YEAR | asked))).collect()


def differences(make, *rows, **asked):
    return peers.differences(make.build(*rows), make.query(**(YEAR | asked))).collect()


def customers(make):
    kinds = {"A": ("Auto", "large"), "B": ("Food", "small"), "C": ("Auto", "small")}
    return [make.customer(name, industry=i, size=s) for name, (i, s) in kinds.items()]


def deal(make, number, rep_id, customer_id, amount, **values):
    made = {"customer_id": customer_id, "amount": amount, "rep_id": rep_id} | values
    return make.won(f"D{number}", "2026-03-01", **made)


def test_the_distance_is_half_the_sum_of_the_differences_of_shares(make):
    rows = [
        *customers(make),
        deal(make, 1, "R1", "A", 900, product="Lathe"),
        deal(make, 2, "R1", "B", 100, product="Press"),
        deal(make, 3, "R2", "A", 100, product="Lathe"),
        deal(make, 4, "R2", "C", 400, product="Lathe"),
    ]
    row = found(make, *rows).row(0, named=True)
    assert (row["rep_id"], row["peer_id"], row["rank"], row["peer_rank"]) == ("R2", "R1", 2, 1)
    assert [row[f"{name}_distance_rate"] for name in MIX] == pytest.approx([0.1, 0.7, 0.1])
    assert row["distance_rate"] == pytest.approx(0.3)


def test_the_closest_of_those_ranked_above_comes_first(make):
    rows = [
        *customers(make),
        deal(make, 1, "R1", "B", 900),
        deal(make, 2, "R2", "A", 800),
        deal(make, 3, "R3", "A", 700),
        deal(make, 4, "R4", "A", 600),
    ]
    shown = found(make, *rows, rep=("R3", "R4"))
    assert shown.select("rep_id", "peer_id", "distance_rate").rows() == [
        ("R3", "R2", 0),
        ("R3", "R1", pytest.approx(2 / 3)),
        ("R4", "R2", 0),  # as far as R3, and ranked higher
        ("R4", "R3", 0),
        ("R4", "R1", pytest.approx(2 / 3)),
    ]


def test_lost_and_open_deals_belong_to_the_mix_and_what_is_unknown_is_a_value(make):
    rows = [
        *customers(make),
        deal(make, 1, "R1", "A", 900),
        deal(make, 2, "R2", "A", 100),
        make.deal("D3", rep_id="R2", customer_id="B", amount=100),
        make.lost("D4", "2026-04-01", rep_id="R2", amount=200),
        make.deal("D5", rep_id="R2", customer_id="B", amount=9_000, opened_on="2025-01-01"),
    ]
    row = found(make, *rows).row(0, named=True)
    assert row["industry_distance_rate"] == pytest.approx(0.75)
    assert row["product_distance_rate"] == 0


def test_who_is_first_unranked_or_without_deals_has_no_peer(make):
    rows = [deal(make, 1, "R1", None, 900), deal(make, 2, "R2", None, 800), make.rep("R3")]
    shown = found(make, *rows, rank_by="gross_profit")  # no cost is known: nobody is ranked
    assert shown.is_empty()
    assert found(make, *rows)["rep_id"].to_list() == ["R2"]
    assert found(make).schema == peers.PEERS
    assert differences(make).schema == peers.PEER_DIFFERENCES


def test_distances_are_shares_and_peers_ranked_above(make):
    rows = make.random_rows(1)
    shown = found(make, *rows, since=None)
    assert shown["distance_rate"].is_between(0, 1).all()
    assert (shown["peer_rank"] < shown["rank"]).all()
    assert shown.equals(found(make, *rows[::-1], since=None))


def test_what_differs_is_read_from_the_comparison_of_both(make):
    rows = make.random_rows(3)
    shown = differences(make, *rows, since=None)
    closest = found(make, *rows, since=None).unique("rep_id", keep="first", maintain_order=True)
    pairs = shown.select("rep_id", "peer_id").unique(maintain_order=True)
    assert pairs.rows() == closest.select("rep_id", "peer_id").rows()
    figures = strengths.comparison(make.build(*rows), make.query(since=None, until="2027-01-01"))
    figures = figures.collect()
    for rep_id, peer_id in pairs.iter_rows():
        part = shown.filter(pl.col("rep_id") == rep_id)
        for whose, prefix in ((rep_id, ""), (peer_id, "peer_")):
            own = figures.filter(pl.col("rep_id") == whose).select(
                "measure", "value", "low", "high"
            )
            named = [pl.col(f"{prefix}{n}").alias(n) for n in ("value", "low", "high")]
            assert_frame_equal(part.select("measure", *named), own)


def test_figures_differ_when_their_intervals_lie_apart(make):
    rows = []
    for rep_id, won in (("R1", 40), ("R2", 8)):
        rows += [make.won(f"{rep_id}{n}", "2026-03-01", rep_id=rep_id) for n in range(won)]
        rows += [make.lost(f"{rep_id}l{n}", "2026-03-01", rep_id=rep_id) for n in range(50 - won)]
    shown = {r["measure"]: r["is_different"] for r in differences(make, *rows).to_dicts()}
    assert shown["adjusted_rate"] is True
    assert shown["opened_weekly"] is False
    assert shown["visits_weekly"] is None

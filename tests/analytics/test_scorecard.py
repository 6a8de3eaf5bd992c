import json

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import stats

from analytics import reps, scorecard
from analytics.scorecard import COMPONENTS

MONTH = {"since": "2026-06-01", "until": "2026-07-01"}


def card(make, *rows, **asked):
    return scorecard.scorecard(make.build(*rows), make.query(**(MONTH | asked))).collect()


def sensitivity(make, *rows, **asked):
    return scorecard.sensitivity(make.build(*rows), make.query(**(MONTH | asked))).collect()


def weights(make, *rows, **asked):
    return scorecard.weights(make.build(*rows), make.query(**(MONTH | asked))).collect()


def department(make):
    """Four reps: sales fall from R1 to R4, visits rise; only R1 and R2 have a known cost."""
    rows = []
    for n, (amount, visits, cost) in enumerate(
        ((9_000, 1, 6_000), (7_000, 2, 3_000), (5_000, 3, None), (3_000, 4, None)), start=1
    ):
        rows.append(make.won(f"D{n}", "2026-06-04", rep_id=f"R{n}", amount=amount, cost=cost))
        rows += [make.visit(f"V{n}{v}", "2026-06-05", rep_id=f"R{n}") for v in range(visits)]
    return rows


def points(frame, component):
    return dict(frame.select("rep_id", f"{component}_points").sort("rep_id").iter_rows())


def test_points_are_the_share_of_the_others_below(make):
    shown = card(make, *department(make))
    assert list(points(shown, "won_amount").values()) == pytest.approx([100, 200 / 3, 100 / 3, 0])
    assert list(points(shown, "visits").values()) == pytest.approx([0, 100 / 3, 200 / 3, 100])
    assert list(points(shown, "margin_rate").values()) == [0, 100, None, None]


def test_ties_share_the_places_they_take(make):
    rows = [make.won(f"D{n}", "2026-06-04", rep_id=f"R{n}") for n in range(3)]
    assert set(points(card(make, *rows), "won_amount").values()) == {50}


def test_points_agree_with_scipy(make):
    query = make.query(since="2025-06-01")
    frames = make.build(*make.random_rows(2))
    ours = scorecard.scorecard(frames, query).collect().sort("rep_id")
    ranking = reps.ranking(frames, query).collect().sort("rep_id")
    known = ranking.drop_nulls("margin_rate")
    assert known.height > 1
    theirs = (stats.rankdata(known["margin_rate"]) - 1) / (known.height - 1) * 100
    found = ours.drop_nulls("margin_rate_points")["margin_rate_points"]
    assert found.to_list() == pytest.approx(theirs)


def test_a_short_record_has_no_points_for_its_win_rate(make):
    rows = [make.lost(f"L{n}", "2026-06-04", rep_id="R1") for n in range(4)]
    rows += [make.won(f"W{r}{n}", "2026-06-04", rep_id=r) for r in ("R2", "R3") for n in range(5)]
    assert points(card(make, *rows), "adjusted_rate")["R1"] is None


def test_an_unknown_component_gives_its_weight_to_the_known_ones(make):
    asked = {"weights": (("won_amount", 60.0), ("margin_rate", 20.0), ("visits", 20.0))}
    shown = card(make, *department(make), **asked)
    row = shown.row(by_predicate=pl.col("rep_id") == "R3", named=True)
    assert row["covered_rate"] == pytest.approx(0.8)
    assert row["score"] == pytest.approx((60 * 100 / 3 + 20 * 200 / 3) / 80)
    assert shown["rep_id"].to_list() == ["R2", "R1", "R3", "R4"]


def test_less_than_half_of_the_weight_is_no_score(make):
    asked = {"weights": (("margin_rate", 51.0), ("visits", 49.0))}
    shown = card(make, *department(make), **asked)
    assert shown.select("rank", "rep_id").rows() == [
        (1, "R2"),
        (2, "R1"),
        (None, "R3"),
        (None, "R4"),
    ]
    assert shown["score"].is_null().to_list() == [False, False, True, True]


def test_what_nobody_has_leaves_the_scorecard_for_all(make):
    rows = department(make)
    shown = weights(make, *rows)
    assert shown["measure"].to_list() == list(COMPONENTS)
    assert shown.select("weight", "weight_rate", "people", "is_chosen").rows() == [
        (10, pytest.approx(1 / 3), 4, False),  # won amount
        (10, 0, 0, False),  # no targets
        (10, pytest.approx(1 / 3), 2, False),
        (10, 0, 0, False),  # nobody has five decided deals
        (10, pytest.approx(1 / 3), 4, False),
        (10, 0, 0, False),  # no weekly reports
    ]
    assert card(make, *rows)["covered_rate"].sort().to_list() == pytest.approx(
        [2 / 3] * 2 + [1] * 2
    )


def test_weights_are_the_querys_else_the_departments_else_equal(make):
    rows = department(make)
    set_by = make.setting("scorecard_weights", json.dumps([["visits", 30], ["won_amount", 10]]))
    assert weights(make, *rows, set_by)["weight"].to_list() == [10, 0, 0, 0, 30, 0]
    assert weights(make, *rows, set_by)["is_chosen"].all()
    asked = weights(make, *rows, set_by, weights=(("margin_rate", 5.0),))
    assert asked["weight"].to_list() == [0, 0, 5, 0, 0, 0]
    assert card(make, *rows, set_by)["rep_id"][0] == "R4"


def test_one_person_is_no_comparison(make):
    shown = card(make, make.won("D1", "2026-06-04"))
    assert shown.select("rank", "score").rows() == [(None, None)]
    assert sensitivity(make, make.won("D1", "2026-06-04")).is_empty()


def test_a_place_that_no_weight_moves_is_sure(make):
    rows = [*department(make), *(make.visit(f"X{n}", "2026-06-06") for n in range(9))]
    shown = sensitivity(make, *rows, weights=(("won_amount", 1.0), ("visits", 1.0)))
    first = shown.row(0, named=True)
    assert (first["rep_id"], first["best_rank"], first["worst_rank"]) == ("R1", 1, 1)
    assert first["top_three_rate"] == 1
    assert shown["first_rate"].sum() == pytest.approx(1)
    assert shown["top_three_rate"].sum() == pytest.approx(3)


def test_halving_and_doubling_a_weight_gives_the_range(make):
    asked = {"weights": (("won_amount", 30.0), ("visits", 20.0))}
    rows = [r for r in department(make) if r.values.get("rep_id") in ("R1", "R4")]
    shown = sensitivity(make, *rows, **asked)  # 30 to 20, reversed by 15 to 20 or 30 to 40
    assert shown.select("rep_id", "rank", "best_rank", "worst_rank").rows() == [
        ("R1", 1, 1, 2),
        ("R4", 2, 1, 2),
    ]
    halved = card(make, *rows, weights=(("won_amount", 15.0), ("visits", 20.0)))
    assert halved["rep_id"].to_list() == ["R4", "R1"]


def test_random_weights_are_uniform_over_all_ways_of_sharing(make):
    """R1 leads on sales alone, R2 on visits alone: with two weights each wins half of them."""
    rows = [r for r in department(make) if r.values.get("rep_id") in ("R1", "R4")]
    shown = sensitivity(make, *rows)
    assert shown["first_rate"].to_list() == pytest.approx([0.5, 0.5], abs=0.04)


def test_filters_choose_rows_of_the_departments_scores(make):
    rows = [*department(make), make.member("R4", "South")]
    for report in (card, sensitivity):
        whole = report(make, *rows)
        for asked in ({"rep": "R4"}, {"team": "South"}):
            assert_frame_equal(report(make, *rows, **asked), whole.filter(pl.col("rep_id") == "R4"))


def test_scores_fall_and_nothing_depends_on_the_order_of_rows(make):
    rows = make.random_rows(1)  # with two people who tie
    shown = card(make, *rows, since=None)
    assert shown.equals(card(make, *rows[::-1], since=None))
    assert sensitivity(make, *rows, since=None).equals(sensitivity(make, *rows[::-1], since=None))
    known = shown["score"].drop_nulls().to_numpy()
    assert ((known >= 0) & (known <= 100)).all()
    assert (np.diff(known) <= 0).all()

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import stats

from analytics import bootstrap, rank_uncertainty, reps
from analytics.shrinkage import adjusted, draws

MONTH = {"since": "2026-06-01", "until": "2026-07-01"}
SEED = 20261127


def uncertainty(make, rows, **asked):
    return rank_uncertainty.rank_uncertainty(
        make.build(*rows), make.query(**(MONTH | asked))
    ).collect()


def margins(make, rows, **asked):
    return rank_uncertainty.margins(make.build(*rows), make.query(**(MONTH | asked))).collect()


def sold(make, seed=SEED, **counts):
    """Each rep of `counts` won so many deals of uneven size and margin in June."""
    chance = np.random.default_rng(seed)
    rows = []
    for rep_id, count in counts.items():
        amounts = chance.lognormal(13, 0.8, count).astype(int)
        costs = (amounts * chance.uniform(0.5, 0.9, count)).astype(int)
        rows += [
            make.won(f"{rep_id}{n:03}", "2026-06-10", rep_id=rep_id, amount=int(a), cost=int(c))
            for n, (a, c) in enumerate(zip(amounts, costs, strict=True))
        ]
    return rows


def test_drawn_sums_have_the_mean_and_spread_of_poisson_counts():
    values = np.random.default_rng(SEED).lognormal(3, 1, (5_000, 2))
    drawn = bootstrap.totals(values, "R1")
    assert drawn.shape == (bootstrap.DRAWS, 2)
    assert drawn.mean(axis=0) == pytest.approx(values.sum(axis=0), rel=2e-3)
    assert drawn.std(axis=0) == pytest.approx(np.sqrt((values**2).sum(axis=0)), rel=0.05)


def test_nobodys_draws_depend_on_others():
    values = np.arange(20.0).reshape(10, 2)
    assert (bootstrap.totals(values, "R1") == bootstrap.totals(values, "R1")).all()
    assert (bootstrap.totals(values, "R1") != bootstrap.totals(values, "R2")).any()
    assert bootstrap.totals(np.zeros((0, 2)), "R1").sum() == 0


def test_the_margin_interval_agrees_with_scipy():
    chance = np.random.default_rng(SEED)
    amounts = chance.lognormal(3, 0.8, 60)
    profits = amounts * chance.uniform(0.1, 0.5, 60)

    def rate(profit, amount, axis):
        return profit.sum(axis=axis) / amount.sum(axis=axis)

    theirs = stats.bootstrap(
        (profits, amounts), rate, paired=True, vectorized=True, confidence_level=0.9,
        method="percentile", n_resamples=4_000, rng=chance,
    ).confidence_interval  # fmt: skip
    drawn = bootstrap.totals(np.stack([profits, amounts], axis=1), "R1")
    ours = np.quantile(bootstrap.ratios(*drawn.T), (0.05, 0.95))
    assert ours == pytest.approx((theirs.low, theirs.high), abs=4e-3)


@pytest.mark.parametrize("deals", [8, 20, 60])
def test_ninety_percent_margin_intervals_cover_the_margin_they_are_about(deals):
    """400 reps with so many deals of uneven amounts, whose true margin rate is 32 %."""
    chance = np.random.default_rng(SEED)
    inside, plain = [], []
    for rep in range(400):
        amounts = chance.lognormal(3, 0.7, deals)
        profits = amounts * (0.32 + chance.normal(0, 0.1, deals))
        drawn = bootstrap.ratios(*bootstrap.totals(np.stack([profits, amounts], 1), str(rep)).T)
        low, high = bootstrap.interval(drawn, bootstrap.effective(amounts))
        inside.append(low <= 0.32 <= high)
        plain.append(np.quantile(drawn, 0.05) <= 0.32 <= np.quantile(drawn, 0.95))
    assert 0.87 <= np.mean(inside) <= 0.96
    assert np.mean(plain) <= np.mean(inside)  # what the wider tails are for


def test_one_large_deal_hides_the_others():
    assert bootstrap.effective(np.full(10, 5.0)) == pytest.approx(10)
    assert bootstrap.effective(np.array([1_000.0, 1, 1, 1])) == pytest.approx(1, abs=0.01)


def test_a_margin_and_its_interval_are_of_the_deals_with_known_cost(make):
    rows = [*sold(make, R1=12), make.won("X", "2026-06-11", amount=9_000_000)]
    row = margins(make, rows).row(0, named=True)
    known = reps.ranking(make.build(*rows), make.query(**MONTH)).collect().row(0, named=True)
    assert (row["won"], row["known_count"]) == (13, 12)
    assert row["margin_rate"] == known["margin_rate"]
    assert row["margin_low_rate"] < row["margin_rate"] < row["margin_high_rate"]


def test_few_known_costs_have_no_interval_and_none_no_rate(make):
    rows = [*sold(make, R1=4), make.won("X", "2026-06-11", rep_id="R2")]
    shown = margins(make, rows)
    assert shown["rep_id"].to_list() == ["R1", "R2"]
    assert shown["margin_rate"].is_null().to_list() == [False, True]
    assert shown["margin_low_rate"].count() == shown["margin_high_rate"].count() == 0


@pytest.mark.parametrize("rank_by", ["margin_rate", "attainment_rate", "adjusted_rate"])
def test_the_order_of_the_rows_does_not_move_a_digit(make, rank_by):
    rows = [
        *sold(make, R1=9, R2=7, R3=12, R4=6),
        *(make.lost(f"L{n}", "2026-06-12", rep_id=f"R{n % 4 + 1}") for n in range(30)),
        *(make.target(f"R{n}", "2026-06-01", 9_000_000) for n in range(1, 5)),
    ]
    shown = uncertainty(make, rows, rank_by=rank_by)
    assert shown.equals(uncertainty(make, rows[::-1], rank_by=rank_by))
    assert margins(make, rows).equals(margins(make, rows[::-1]))
    assert shown["top_three_rate"].sum() == pytest.approx(3)
    assert (shown["rank_low"] <= shown["rank_high"]).all()
    ranked = reps.ranking(make.build(*rows), make.query(rank_by=rank_by, **MONTH)).collect()
    assert_frame_equal(shown.select("rank", "rep_id"), ranked.select("rank", "rep_id"))


def test_the_chance_of_the_first_three_agrees_with_drawing_the_departments_deals(make):
    """The plain bootstrap: as many deals as there are, drawn from all of them."""
    rows = sold(make, R1=9, R2=11, R3=10, R4=12, R5=8)
    shown = uncertainty(make, rows).sort("rep_id")
    whose = np.array([int(row.values["rep_id"][1]) - 1 for row in rows])
    amounts = np.array([row.values["amount"] for row in rows], dtype=float)
    chance = np.random.default_rng(SEED)
    counts = chance.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), 4_000)
    totals = (counts * amounts) @ np.eye(5)[whose]
    in_three = (np.argsort(np.argsort(-totals, axis=1), axis=1) < 3).mean(axis=0)
    assert shown["top_three_rate"].to_list() == pytest.approx(in_three, abs=0.05)


def test_drawn_win_rates_are_those_of_the_adjusted_interval():
    chance = np.random.default_rng(SEED)
    decided = chance.integers(5, 200, 12)
    won = chance.binomial(decided, chance.beta(5, 12, 12))
    drawn = draws(won, decided, 20_000)
    rate, low, high = adjusted(won, decided)
    assert drawn.mean(axis=0) == pytest.approx(rate, abs=4e-3)
    assert np.quantile(drawn, 0.05, axis=0) == pytest.approx(low, abs=8e-3)
    assert np.quantile(drawn, 0.95, axis=0) == pytest.approx(high, abs=8e-3)
    assert draws(won[:0], decided[:0], 5).shape == (5, 0)


def test_a_clear_leader_is_first_in_every_draw(make):
    rows = [*sold(make, R1=60, R2=8, R3=8, R4=8)]
    row = uncertainty(make, rows).row(0, named=True)
    assert (row["rep_id"], row["cases"]) == ("R1", 60)
    assert (row["top_three_rate"], row["rank_low"], row["rank_high"]) == (1, 1, 1)


def test_who_has_few_deals_is_ranked_without_a_range(make):
    shown = uncertainty(make, [*sold(make, R1=9, R2=4), make.rep("R3")])
    assert shown["cases"].to_list() == [9, 4, 0]
    assert shown["top_three_rate"].is_null().to_list() == [False, True, True]


def test_columns_that_count_what_was_done_have_no_uncertainty(make):
    visits = [make.visit(f"V{n}", "2026-06-02") for n in range(9)]
    shown = uncertainty(make, [*sold(make, R1=9), *visits], rank_by="visits")
    assert shown.select("rank", "cases", "top_three_rate", "rank_low").rows() == [
        (1, None, None, None)
    ]


def test_filters_choose_rows_of_the_departments_ranks(make):
    rows = [*sold(make, R1=9, R2=9, R3=9, R4=9), make.member("R4", "South")]
    whole = uncertainty(make, rows)
    for asked in ({"rep": "R4"}, {"team": "South"}):
        part = uncertainty(make, rows, **asked)
        assert_frame_equal(part, whole.filter(pl.col("rep_id") == "R4"))


def test_nobody_keeps_the_schema(make):
    assert uncertainty(make, []).schema == rank_uncertainty.RANK_UNCERTAINTY
    assert margins(make, []).schema == rank_uncertainty.REP_MARGINS

"""Margins moved over a limit are found, and rounded ones are not taken for it."""

import random

import numpy as np
import polars as pl
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analytics import bunching, tiers
from analytics.bunching import HIGHEST, LOWEST, MARKS

ON = "2026-03-10"
LIMITS = sorted(tiers.PERCENTS)
DEALS, RUNS = 3_000, 1_000
STEP = 0.5  # points; nobody moves by less
SHAPES = {  # how margins may be spread, in points
    "bell": [(1, stats.norm(34, 13))],
    "wide": [(1, stats.norm(30, 15))],
    "skewed": [(1, stats.beta(3, 4, -5, 90))],
    "two humps": [(0.6, stats.norm(24, 7)), (0.4, stats.norm(46, 8))],
    "flat": [(1, stats.uniform(0, 70))],
    "long tails": [(1, stats.t(4, 33, 11))],
}
shapes = pytest.mark.parametrize("shape", SHAPES)
rounding = pytest.mark.parametrize("rounded", [0.0, 0.2])


def simulated(shape, *, rounded=0.0, moved_over=None, runs=RUNS, deals=DEALS):
    """Deals per whole percent in each run of `deals` independent margins.

    A share `rounded` of all margins lies on the nearest 5-point mark. Of those within two
    points below the limit `moved_over` 40 % are moved to just above it.
    """
    starts = np.arange(LOWEST - 5, HIGHEST + 6, STEP)
    edges = [*starts, starts[-1] + STEP]
    chances = sum(weight * np.diff(spread.cdf(edges)) for weight, spread in SHAPES[shape])
    nearest = 5 * np.round((starts + STEP / 2) / 5)
    on_mark = np.array([chances[nearest == start].sum() for start in starts])
    chances = (1 - rounded) * chances + rounded * on_mark
    if moved_over:
        moves = np.where((starts >= moved_over - 2) & (starts < moved_over), 0.4 * chances, 0)
        chances = chances - moves + np.where(starts == moved_over, moves.sum(), 0)
    seed = [*shape.encode(), int(100 * rounded), moved_over or 0]
    rest = 1 - chances.sum()
    drawn = np.random.default_rng(seed).multinomial(deals, [*chances, rest], runs)[:, :-1]
    per_point = drawn.reshape(runs, -1, int(1 / STEP)).sum(axis=2)
    return per_point[:, 5:-5]


def verdicts(counts):
    """Which limits, ascending, are judged to have margins moved over them, in each run."""
    p_values = bunching.asymmetry(counts).p_value[..., np.isin(MARKS, LIMITS)]
    return bunching.corrected(p_values) < bunching.CERTAIN


@shapes
@rounding
def test_false_alarms_are_rare_with_and_without_rounding(shape, rounded):
    assert verdicts(simulated(shape, rounded=rounded)).any(axis=1).mean() <= 0.05


@shapes
@rounding
def test_moved_margins_are_found_at_each_limit(shape, rounded):
    for position, limit in enumerate(LIMITS):
        found = verdicts(simulated(shape, rounded=rounded, moved_over=limit))
        assert found[:, position].mean() >= 0.9


def test_without_placebos_rounding_alone_would_be_taken_for_it():
    """The usual test: more deals just above a limit than below it."""
    counts = simulated("bell", rounded=0.2)
    above, below = (counts[:, [limit + n - LOWEST for limit in LIMITS]] for n in (0, -1))
    z = (above - below) / np.sqrt(above + below)
    assert (z > 2).any(axis=1).mean() > 0.99


def test_margins_fixed_by_the_price_list_are_not_taken_for_it():
    """A hundred products, each with its own margin: no placebo is like the other."""
    chance = np.random.default_rng(1)
    alarms = []
    for _ in range(200):
        products, share = chance.normal(33, 12, 100), chance.dirichlet(np.ones(100))
        margins = chance.choice(products, DEALS, p=share) + chance.normal(0, 0.5, DEALS)
        counts, _ = np.histogram(margins, np.arange(LOWEST, HIGHEST + 2))
        alarms.append(verdicts(counts).any())
    assert np.mean(alarms) <= 0.08


def test_more_deals_do_not_make_a_misfit_an_alarm():
    counts = simulated("skewed", rounded=0.2, deals=60_000)
    assert verdicts(counts).any(axis=1).mean() <= 0.05


@pytest.mark.parametrize("seed", range(5))
def test_the_correction_equals_statsmodels(seed):
    p_values = np.random.default_rng(seed).uniform(0, 0.1, 3)
    theirs = multipletests(p_values, method="holm")[1]
    assert bunching.corrected(p_values) == pytest.approx(theirs)
    with_a_gap = bunching.corrected(np.insert(p_values, 1, np.nan))
    assert with_a_gap[[0, 2, 3]] == pytest.approx(theirs)
    assert np.isnan(with_a_gap[1])


def department(make, margins):
    """One won deal per margin, in hundredths of a point; amounts differ."""
    rng = random.Random(3)
    rows = []
    for number, margin in enumerate(margins):
        amount = 10_000 * rng.randint(1, 500)
        cost = amount * (10_000 - int(margin)) // 10_000
        rows.append(make.won(f"D{number}", ON, amount=amount, cost=cost))
    return rows


def judged(make, rows, **asked):
    return bunching.bunching(make.build(*rows), make.query(**asked)).collect()


@pytest.fixture(scope="module")
def moved(make):
    """A department whose people move margins over 30 %, and its rows around the marks."""
    chance = np.random.default_rng(5)
    margins = np.floor(chance.normal(33, 12, 1_500) * 100)
    close = (margins >= 28 * 100) & (margins < 30 * 100) & (chance.random(1_500) < 0.8)
    margins = np.where(close, 30 * 100, margins)
    return margins, judged(make, department(make, margins))


def test_the_report_counts_what_lies_around_each_mark(moved):
    margins, found = moved
    for mark, below, above in found.select("mark_rate", "below", "above").iter_rows():
        points = round(100 * mark)
        assert below == ((margins >= (points - 2) * 100) & (margins < points * 100)).sum()
        assert above == ((margins >= points * 100) & (margins < (points + 1) * 100)).sum()
    assert found["count"].unique().to_list() == [1_500]


def test_the_report_names_the_limit_that_margins_were_moved_over(moved):
    _, found = moved
    limits = found.drop_nulls("tier").select("mark_rate", "tier", "bunched")
    assert limits.rows() == [
        (0.2, "office", "chance"),
        (0.3, "manager", "moved"),
        (0.5, "rep", "chance"),
    ]
    placebos = found.filter(pl.col("tier").is_null())
    assert placebos["bunched"].null_count() == placebos.height
    assert placebos["corrected_p_value"].null_count() == placebos.height
    row = found.filter(pl.col("mark_rate") == 0.3).row(0, named=True)
    gap = row["above"] - row["expected_above"] + row["expected_below"] - row["below"]
    assert row["excess"] == pytest.approx(gap)
    assert row["excess_low_rate"] > 0


def test_under_a_thousand_deals_are_too_few(make, moved):
    margins, _ = moved
    few = judged(make, department(make, margins[: bunching.FEWEST - 1]))
    assert few["bunched"].drop_nulls().to_list() == ["few"] * 3
    assert few["p_value"].null_count() == few.height


def test_a_limit_with_nothing_around_it_is_not_judged(make):
    """Everything is sold at about 30 %: nobody comes near 50 %."""
    margins = np.random.default_rng(2).normal(28, 5, 1_200) * 100
    found = judged(make, department(make, margins))
    assert dict(found.drop_nulls("tier").select("tier", "bunched").iter_rows())["rep"] == "few"
    assert found.filter(pl.col("tier") == "rep")["expected_above"].null_count() == 1

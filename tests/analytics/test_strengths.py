import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import chi2
from statsmodels.stats.proportion import proportion_confint

from analytics import conversion, intervals, reps, strengths

YEAR = {"since": "2026-01-01", "until": "2027-01-01"}
MEASURES = (
    "attainment_rate", "opened_weekly", "adjusted_rate", "deal_size", "margin_rate",
    "cycle_days", "visits_weekly", "on_time_rate",
)  # fmt: skip


def comparison(make, *rows, **asked):
    return strengths.comparison(make.build(*rows), make.query(**(YEAR | asked))).collect()


def of(frame, rep_id, measure, stage=None):
    same = pl.col("stage").eq_missing(pl.lit(stage))
    return frame.row(
        by_predicate=(pl.col("rep_id") == rep_id) & (pl.col("measure") == measure) & same,
        named=True,
    )


def test_shares_have_the_interval_that_statsmodels_gives():
    won, of = np.array([0.0, 3, 17, 20]), np.array([5.0, 5, 40, 20])
    low, high = intervals.jeffreys(won, of, 0.9)
    theirs = proportion_confint(won[1:3], of[1:3], alpha=0.1, method="jeffreys")
    assert low[1:3] == pytest.approx(theirs[0])
    assert high[1:3] == pytest.approx(theirs[1])
    assert (low[0], high[3]) == (0, 1)  # closed where nothing or everything was won
    assert np.isnan(intervals.jeffreys(np.zeros(1), np.zeros(1), 0.9)).all()


def test_counts_have_the_exact_interval_of_a_poisson_count():
    counts, weeks = np.array([0.0, 4, 250]), np.array([10.0, 2, 50])
    low, high = intervals.garwood(counts, weeks, 0.9)
    assert low == pytest.approx(np.nan_to_num(chi2.ppf(0.05, 2 * counts) / 2) / weeks)
    assert high == pytest.approx(chi2.ppf(0.95, 2 * counts + 2) / 2 / weeks)
    assert np.isnan(intervals.garwood(np.ones(1), np.zeros(1), 0.9)).all()


@pytest.mark.parametrize("count", [5, 6, 17, 40])
def test_the_interval_of_a_median_covers_it(count):
    chance = np.random.default_rng(7)
    ends = [intervals.of_median(chance.exponential(1, count), 0.9) for _ in range(1_500)]
    inside = [low <= np.log(2) <= high for low, high in ends]
    assert 0.885 <= np.mean(inside) <= 0.98


def test_a_median_of_four_has_no_interval_at_ninety_percent():
    assert np.isnan(intervals.of_median(np.arange(4.0), 0.9)).all()
    assert np.isnan(intervals.of_median(np.zeros(0), 0.9)).all()


def outcomes(make, rep_id, won, lost, amount=1_000_000, days=30):
    opened, closed = "2026-02-01", f"2026-03-{days - 27:02}"
    made = {"rep_id": rep_id, "opened_on": opened}
    rows = [
        make.won(f"{rep_id}w{n}", closed, amount=amount + n, cost=amount // 2, **made)
        for n in range(won)
    ]
    return rows + [make.lost(f"{rep_id}l{n}", closed, **made) for n in range(lost)]


def test_a_figure_stands_out_when_the_departments_lies_outside_its_interval(make):
    rows = [
        *outcomes(make, "R1", 45, 15),
        *outcomes(make, "R2", 10, 50),
        *outcomes(make, "R3", 25, 35),
    ]
    shown = comparison(make, *rows)
    standing = {r: of(shown, r, "adjusted_rate")["standing"] for r in ("R1", "R2", "R3")}
    assert standing == {"R1": "stronger", "R2": "weaker", "R3": "alike"}
    assert of(shown, "R1", "adjusted_rate")["department"] == pytest.approx(80 / 180)
    step = of(shown, "R1", "step", "won")
    assert (step["cases"], step["value"], step["standing"]) == (45, 1.0, "alike")


def test_a_short_cycle_is_a_strength(make):
    rows = [*outcomes(make, "R1", 20, 0, days=30), *outcomes(make, "R2", 60, 0, days=50)]
    shown = comparison(make, *rows)
    assert of(shown, "R1", "cycle_days")["value"] == 30
    assert of(shown, "R1", "cycle_days")["standing"] == "stronger"
    assert of(shown, "R2", "cycle_days")["standing"] == "alike"


def test_deal_size_is_a_share_of_the_departments_mean(make):
    rows = [*outcomes(make, "R1", 30, 0, 3_000_000), *outcomes(make, "R2", 30, 0, 1_000_000)]
    shown = comparison(make, *rows)
    sizes = [of(shown, r, "deal_size") for r in ("R1", "R2")]
    assert [row["value"] for row in sizes] == pytest.approx([1.5, 0.5], abs=1e-4)
    assert [row["standing"] for row in sizes] == ["stronger", "weaker"]


def test_counts_are_of_the_weeks_the_person_was_there(make):
    """R2 came on 4 May: eight weeks and two days up to 30 June."""
    rows = [make.rep("R1"), make.rep("R2", hired_on="2026-05-04")]
    rows += [
        make.visit(f"V{r}{n}", "2026-06-01", rep_id=r) for r in ("R1", "R2") for n in range(58)
    ]
    shown = comparison(make, *rows)
    assert of(shown, "R2", "visits_weekly")["value"] == pytest.approx(7)
    assert of(shown, "R2", "visits_weekly")["standing"] == "stronger"
    assert of(shown, "R1", "visits_weekly")["value"] == pytest.approx(58 * 7 / 181)
    assert of(comparison(make, *rows, since=None), "R1", "visits_weekly")["value"] is None


def test_few_cases_and_unknown_figures_do_not_stand_out(make):
    shown = comparison(make, *outcomes(make, "R1", 4, 0), *outcomes(make, "R2", 0, 30))
    few = of(shown, "R1", "adjusted_rate")
    assert (few["cases"], few["low"], few["standing"]) == (4, None, None)
    for measure in ("attainment_rate", "visits_weekly", "on_time_rate"):  # nothing is recorded
        row = of(shown, "R1", measure)
        assert row["value"] is row["department"] is row["standing"] is None


def test_figures_are_those_of_the_ranking_and_the_funnel(make):
    frames, query = make.build(*make.random_rows(2)), make.query(since="2025-06-01")
    shown = strengths.comparison(frames, query).collect()
    ranking = reps.ranking(frames, query).collect()
    names = ("attainment_rate", "adjusted_rate", "margin_rate", "median_cycle_days")
    for name in names:
        measure = "cycle_days" if name == "median_cycle_days" else name
        ours = shown.filter(measure=measure).select("rep_id", pl.col("value").alias(name))
        assert_frame_equal(ours, ranking.select("rep_id", name), check_row_order=False)
    for rep_id in ranking["rep_id"].head(2):
        own = make.query(since="2025-06-01", rep=rep_id)
        funnel = conversion.funnel(frames, own).collect()[1:]
        steps = shown.filter(pl.col("rep_id") == rep_id, measure="step")
        assert steps["value"].to_list() == pytest.approx(funnel["step_rate"].to_list())
    whole = conversion.funnel(frames, query).collect()[1:]
    of_all = shown.filter(measure="step").unique(["stage", "department"], maintain_order=True)
    assert of_all["department"].to_list() == whole["step_rate"].to_list()


def test_measures_come_in_their_order_whatever_the_order_of_rows(make):
    rows = make.random_rows(2)
    shown = comparison(make, *rows)
    one = shown.filter(pl.col("rep_id") == shown["rep_id"][0])["measure"].to_list()
    assert one == [*MEASURES, *["step"] * 4]
    assert shown.equals(comparison(make, *rows[::-1]))


def test_filters_choose_people_of_the_departments_comparison(make):
    rows = make.random_rows(4)
    whole = comparison(make, *rows)
    assert_frame_equal(comparison(make, *rows, rep="R2"), whole.filter(pl.col("rep_id") == "R2"))

"""The win curve against independent tools, and its intervals against simulated pipelines."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight

from analytics import incidence

STATUS = ("open", "won", "lost")
READ_AT = (30, 60, 90, 180, 365)


def durations(days, outcomes, group="a"):
    """Deals of these ages; an outcome is an index of STATUS, a group of one name or many."""
    ages = pl.Series(days, dtype=pl.Int64)
    status = pl.Series(np.asarray(outcomes, np.uint8)).cat.to(pl.Enum(STATUS))
    of_one = group is None or isinstance(group, str)
    groups = pl.Series([group] * len(days), dtype=pl.String) if of_one else pl.Series(group)
    return pl.LazyFrame({"group": groups, "days": ages, "status": status})


def curve(*deals, **options):
    table = incidence.life_table(durations(*deals, **options), ["group"])
    return incidence.curves(table, ["group"]).collect()


def judged(days, outcomes, at):
    read = incidence.readings(curve(days, outcomes).lazy(), ["group"], [at])
    return incidence.judged(read).collect().row(0, named=True)


def tied(seed, most=250):
    """Deals of which many end on one day; in some draws nothing is lost, or nothing is open."""
    rng = np.random.default_rng(seed)
    count, last = int(rng.integers(1, most)), int(rng.integers(1, 40))
    shares = rng.dirichlet((0.5, 1, 1))
    return rng.integers(0, last, count), rng.choice(3, count, p=shares)


@pytest.mark.parametrize("seed", range(25))
def test_curves_equal_statsmodels_with_heavy_ties(seed):
    days, outcomes = tied(seed)
    ours = curve(days, outcomes)
    theirs = CumIncidenceRight(days, outcomes, freq_weights=np.ones(len(days)))
    assert ours["days"].to_list() == theirs.times.tolist()
    for rates, name in zip(theirs.cinc, ("won_by_rate", "lost_by_rate"), strict=False):
        assert np.abs(ours[name].to_numpy() - rates).max() < 1e-9


def share_won(days, outcomes, weights, at):
    """The definition of Aalen and Johansen in plain Python; deals may be weighted."""
    surviving, won = 1, 0
    for day in sorted({d for d in days if d <= at}):
        rows = [(o, w) for d, o, w in zip(days, outcomes, weights, strict=True) if d == day]
        at_risk = sum(w for d, w in zip(days, weights, strict=True) if d >= day)
        won += surviving * sum(w for o, w in rows if o == 1) / at_risk
        surviving *= 1 - sum(w for o, w in rows if o > 0) / at_risk
    return won


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_follows_the_infinitesimal_jackknife(seed):
    """The variance is the sum over the deals of the squared effect of weighing one more.

    That is how R's survfit computes it, another way than ours. The effect is a derivative,
    taken by a complex step, which is exact.
    """
    days, outcomes = tied(seed, most=40)
    for row in curve(days, outcomes).iter_rows(named=True):
        if not 0 < row["won_by_rate"] < 1 - 1e-9:
            assert row["low_rate"] is row["high_rate"] is None
            continue
        tilted = np.ones(len(days)) + 1e-30j * np.eye(len(days))
        effects = [share_won(days, outcomes, w, row["days"]).imag / 1e-30 for w in tilted]
        rate, error = row["won_by_rate"], np.sqrt(np.square(effects).sum())
        spread = np.exp(stats.norm.ppf(0.975) * error / (rate * -np.log(rate)))
        expected = (rate**spread, rate ** (1 / spread))
        assert (row["low_rate"], row["high_rate"]) == pytest.approx(expected, abs=1e-9)


def simulated(deals, win, lose, window=420, count=2_000):
    """The curves of many pipelines with known daily hazards; deals open evenly over `window`."""
    rng = np.random.default_rng(20_260_630)
    ends = rng.geometric(win + lose, count * deals)
    is_won = rng.random(count * deals) < win / (win + lose)
    watched = rng.integers(0, window, count * deals)
    outcomes = np.where(ends > watched, 0, np.where(is_won, 1, 2))
    return curve(np.minimum(ends, watched), outcomes, group=np.repeat(np.arange(count), deals))


def covered(curves, day, win, lose):
    """Reading of every pipeline, and the share of their intervals that hold the truth."""
    truth = win / (win + lose) * (1 - (1 - win - lose) ** day)
    covers = (pl.col("low_rate") <= truth) & (pl.col("high_rate") >= truth)
    read = incidence.readings(curves.lazy(), ["group"], [day]).collect()
    return read, read.select(covers.fill_null(False).mean()).item()


@pytest.mark.parametrize(
    ("deals", "win", "lose"), [(300, 0.003, 0.007), (300, 0.0006, 0.003), (1_000, 0.0015, 0.009)]
)
def test_intervals_cover_the_truth_in_2_000_pipelines(deals, win, lose):
    curves = simulated(deals, win, lose)
    firm = {}
    for day in (15, *READ_AT):
        read, share = covered(curves, day, win, lose)
        if read["at_risk"].mean() >= 30 and read["won"].mean() >= 5:
            firm[day] = share
    assert len(firm) >= 3
    assert all(0.93 <= share <= 0.97 for share in firm.values()), firm


def test_intervals_of_settled_pipelines_cover_the_truth_though_none_is_at_risk():
    read, share = covered(simulated(1_000, 0.02, 0.06), 365, 0.02, 0.06)
    assert read["is_settled"].mean() > 0.99
    assert read["at_risk"].max() == 0
    assert 0.93 <= share <= 0.97


def test_where_nothing_is_open_the_interval_is_of_a_plain_share():
    """Variance p (1 - p) / n of the binomial, on the scale of log(-log)."""
    last = curve([5, 5, 9, 9, 9], [1, 2, 1, 2, 2]).row(-1, named=True)
    error = np.sqrt(0.4 * 0.6 / 5) / (0.4 * -np.log(0.4))
    spread = np.exp(stats.norm.ppf(0.975) * error)
    assert last["won_by_rate"] == pytest.approx(0.4)
    assert last["low_rate"] == pytest.approx(0.4**spread)
    assert last["high_rate"] == pytest.approx(0.4 ** (1 / spread))


def test_an_open_deal_is_at_risk_on_its_last_day_and_no_later():
    rows = curve([3, 3, 7], [1, 0, 2])
    first, second = rows.select("at_risk", "won_by_rate", "lost_by_rate").rows()
    assert first == pytest.approx((3, 1 / 3, 0))
    assert second == pytest.approx((1, 1 / 3, 2 / 3))


def test_groups_do_not_mix_and_an_unknown_group_is_one():
    days, outcomes = tied(1)
    group = np.array(["a", "b", None])[np.arange(len(days)) % 3]
    together = curve(days, outcomes, group=group.tolist())
    for name in ("a", "b", None):
        alone = curve(days[group == name], outcomes[group == name], group=name)
        own = together.filter(pl.col("group").eq_missing(pl.lit(name)))
        assert_frame_equal(own, alone)


@pytest.mark.parametrize("seed", range(5))
def test_a_reading_is_the_last_step_before(seed):
    days, outcomes = tied(seed)
    curves = curve(days, outcomes)
    for at in (0, 3, 20, 100):
        read = incidence.readings(curves.lazy(), ["group"], [at]).collect().row(0, named=True)
        assert read["at_risk"] == (days >= at).sum()
        assert read["won"] == ((days <= at) & (outcomes == 1)).sum()
        before = curves.filter(pl.col("days") <= at)
        known = before.select("won_by_rate", "low_rate").rows()[-1] if before.height else (0, None)
        assert (read["won_by_rate"], read["low_rate"]) == known


def test_nothing_gives_no_curve():
    empty = durations([], [])
    table = incidence.life_table(empty, ["group"])
    read = incidence.readings(incidence.curves(table, ["group"]), ["group"], READ_AT)
    assert incidence.judged(read).collect().is_empty()


# 100 deals: 6 won and 20 lost by day 10, the others open, each followed for `age` days more
YOUNG = ([10] * 26, [1] * 6 + [2] * 20)


@pytest.mark.parametrize(
    ("ages", "at", "certainty"),
    [
        ([50] * 30 + [20] * 44, 50, "firm"),
        ([50] * 29 + [20] * 45, 50, "indicative"),
        ([50] * 10 + [20] * 64, 50, "indicative"),
        ([50] * 9 + [20] * 65, 50, "young"),
        ([50] * 74, 51, "young"),
    ],
)
def test_a_reading_says_how_much_it_can_be_trusted(ages, at, certainty):
    days, outcomes = YOUNG
    read = judged(days + ages, outcomes + [0] * len(ages), at)
    assert read["certainty"] == certainty
    assert (read["won_by_rate"] is None) == (read["low_rate"] is None) == (certainty == "young")


def test_four_wins_are_indicative_however_many_are_at_risk():
    assert judged([10] * 4 + [90] * 96, [1] * 4 + [0] * 96, 30)["certainty"] == "indicative"
    assert judged([10] * 5 + [90] * 95, [1] * 5 + [0] * 95, 30)["certainty"] == "firm"


def test_a_group_of_nine_is_read_only_once_all_is_decided():
    assert judged([10] * 9, [1] * 5 + [0] * 4, 5)["certainty"] == "few"
    assert judged([10] * 9, [1] * 5 + [2] * 4, 5)["certainty"] == "indicative"
    assert judged([10] * 9, [1] * 5 + [2] * 4, 365)["won_by_rate"] == pytest.approx(5 / 9)


@pytest.mark.parametrize(("still_open", "certainty"), [(1, "firm"), (2, "young")])
def test_with_under_two_percent_open_the_curve_is_read_to_its_end(still_open, certainty):
    """100 deals, one or two of them open on day 40, which is as far as any was followed."""
    days = [10] * (100 - still_open) + [40] * still_open
    outcomes = [1] * 60 + [2] * (40 - still_open) + [0] * still_open
    assert judged(days, outcomes, 365)["certainty"] == certainty


def test_young_open_deals_do_not_hide_the_end_that_older_deals_reached():
    """A third of all deals is open, but those opened long ago are all decided by day 60."""
    days = [60] * 200 + [5] * 100
    outcomes = [1] * 50 + [2] * 150 + [0] * 100
    read = judged(days, outcomes, 365)
    assert (read["certainty"], read["won_by_rate"]) == ("firm", pytest.approx(0.25))

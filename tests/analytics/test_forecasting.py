"""The forecast against departments whose hazards are known, and against independent tools."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from analytics import forecast_backtest
from analytics.forecasting import calendar, chances, gathering, history, model, outlook
from analytics.forecasting.history import LIFE, LOST, NEVER, STAGE, History

START = history.number(date(2024, 1, 1))
DAYS = 912  # to the end of June 2026
FIRST, SECOND = STAGE, STAGE + 1  # two stages: all deals begin in the first
UP, LOST_FIRST, WON, LOST_SECOND = 0.06, 0.02, 0.04, 0.025  # daily chances
CHAIN = np.array(
    [
        [1 - UP - LOST_FIRST, UP, 0],
        [0, 1 - WON - LOST_SECOND, WON],
        [0, 0, 1],
    ]
)


def department(seed, a_day=4.0, spread=0.0, harder=0.0):
    """A History of deals that move by CHAIN, one step a day.

    Months share an effect of this spread on winning; `harder` is how much less the largest
    deals win than the smallest.
    """
    chance = np.random.default_rng(seed)
    opened = np.sort(START + chance.integers(0, DAYS, chance.poisson(a_day * DAYS)))
    count = len(opened)
    size = chance.random(count)
    factor = 1 + harder * (0.5 - size)
    month = history.month_of(START + np.arange(DAYS))
    effect = (
        chance.gamma(1 / spread**2, spread**2, 99)[month - month[0]] if spread else np.ones(DAYS)
    )
    moved, ended, won = np.full(count, NEVER), np.full(count, NEVER), np.zeros(count, bool)
    for day in range(START, START + DAYS):
        lot = chance.random(count)
        second = (moved < day) & (ended == NEVER)
        first = (opened < day) & (moved == NEVER) & (ended == NEVER)
        moved[first & (lot < UP)] = day
        wins = second & (lot < WON * factor * effect[day - START])
        loses = first & (lot > 1 - LOST_FIRST) | second & (lot > 1 - LOST_SECOND)
        won |= wins
        ended[wins | loses] = day
    return recorded(opened, moved, ended, won, np.exp(11 + 2 * size) * 10_000)


def recorded(opened, moved, ended, won, amount):
    """The History of deals that moved to the second stage and ended on these days."""
    all_of_them, up, lost = (
        np.arange(len(opened)),
        np.flatnonzero(moved < NEVER),
        np.flatnonzero((ended < NEVER) & ~won),
    )
    never = np.full(len(lost), NEVER)
    deal = np.concatenate([all_of_them, all_of_them, up, lost])
    codes = (LIFE, FIRST, SECOND, LOST)
    return History(
        as_of=START + DAYS - 1,
        fiscal_month=1,
        opened=opened,
        ended=ended,
        won=won,
        amount=amount,
        chosen=np.ones(len(opened), bool),
        deal_id=pl.Series(all_of_them).cast(pl.String),
        deal=deal,
        code=np.repeat(codes, [len(opened), len(opened), len(up), len(lost)]),
        entered=np.concatenate([opened, opened, moved[up], ended[lost]]),
        left=np.concatenate([ended, np.minimum(moved, ended), ended[up], never]),
        closed=np.concatenate([ended, ended, ended[up], never]),
        wins=np.concatenate([won, won, won[up], np.zeros(len(lost), bool)]),
        stages=("first", "second"),
        targets={},
    )


def fitted(known, span=31):
    return model.fitted(known, calendar.ages(known, [known.as_of]), known.as_of, span)


def test_chances_are_those_of_the_known_hazards():
    """Also in the first stage, where it matters that those who stay there wait on."""
    known = department(1, a_day=8)
    cases = chances.cases(known, known.as_of)
    hazards = chances.hazards(cases, known.as_of, 30, replicates=0)
    win = chances.incidence(hazards.won[0], hazards.lost[0]).sum(axis=-1)
    exact = np.linalg.matrix_power(CHAIN, 30)[:, 2]
    for stage, days in ((FIRST, (0, 7, 14, 30)), (SECOND, (0, 7, 14, 21))):
        found = win[chances.state_of(stage, np.array(days))]
        assert found == pytest.approx(exact[stage - FIRST], abs=0.03)
    of_new = np.linalg.matrix_power(CHAIN, 29)[0, 2]  # opened on the first of the 30 days
    assert win[chances.NEW] == pytest.approx(of_new, abs=0.02)


@pytest.fixture(scope="module")
def replayed():
    """The back-test of 16 months of four departments whose months have an effect in common."""
    firsts = [history.number(date(2025 + n // 12, n % 12 + 1, 1)) for n in range(16)]
    rows = []
    for seed in range(4):
        known = department(seed, 5, spread=0.2, harder=0.8)
        ages = calendar.ages(known, firsts)
        rows += [forecast_backtest.replayed(known, ages, day) for day in firsts]
    return pl.DataFrame(rows)


def test_bands_hold_four_of_five_months(replayed):
    assert 0.7 <= replayed["is_inside"].mean() <= 0.92
    above = (replayed["won_amount"] > replayed["p90_amount"]).mean()
    below = (replayed["won_amount"] < replayed["p10_amount"]).mean()
    assert max(above, below) < 0.2


def test_forecasts_are_right_on_average(replayed):
    won = replayed["won_amount"].sum()
    assert replayed["p50_amount"].sum() == pytest.approx(won, rel=0.08)
    assert replayed["open_only_amount"].sum() < 0.9 * won  # deals opened meanwhile are missing


def test_chances_are_better_than_the_shares_of_the_stages(replayed):
    scores = replayed.select("brier_score", "stage_brier_score").mean().row(0)
    assert scores[0] < scores[1] - 0.01


def test_the_effect_of_months_is_found():
    spreads = [
        fitted(department(seed, 12, spread=s)).calendar.spread for seed, s in ((3, 0), (4, 0.3))
    ]
    assert spreads[0] < 0.1
    assert spreads[1] == pytest.approx(0.3, abs=0.1)


def test_larger_deals_that_win_less_often_are_found():
    factors = fitted(department(5, harder=1.2)).factors[: model.BANDS]
    assert factors[0] > 1.3
    assert factors[-1] < 0.7
    assert np.all(np.diff(factors) < 0.1)


def test_the_pace_of_a_quarter_is_found():
    """Wins are put off to the last month of their quarter."""
    known = department(6, a_day=8)
    ended = known.ended[known.won]
    month = history.month_of(ended)
    late = shifted(known, ended + 30 * ((2 - month) % 3))
    pace = fitted(late).calendar.pace
    assert pace[:6].max() < 0.5
    assert pace[6:].min() > 1


def shifted(known, ended):
    """The department with other days of winning."""
    moved = np.full(len(known.opened), NEVER)
    second = known.code == SECOND
    moved[known.deal[second]] = known.entered[second]
    days = known.ended.copy()
    days[known.won] = ended
    won = known.won & (days <= known.as_of)
    days[days > known.as_of] = NEVER
    return recorded(known.opened, moved, days, won, known.amount)


def evenings(cases, as_of):
    """The rows of `cases` one evening each: state, days followed, outcome (2: lost)."""
    for row in zip(cases.state, cases.first, cases.last, cases.closed, cases.wins, strict=True):
        state, first, last, closed, wins = row
        for evening in range(first, last + 1):
            outcome = (1 if wins else 2) if closed <= as_of else 0
            yield state, min(closed, as_of) - evening, outcome


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incidences_equal_statsmodels_evening_by_evening(make, seed):
    query = make.query()
    frames = make.build(*make.random_rows(seed))
    known = history.read(gathering.gathered(frames, query).collect(), query.as_of)
    cases = chances.cases(known, known.as_of)
    hazards = chances.hazards(cases, known.as_of, 60, replicates=0, prior=0)
    ours = chances.incidence(hazards.won[0], hazards.lost[0]).cumsum(axis=-1)
    rows = np.array(list(evenings(cases, known.as_of)))
    for state in np.unique(rows[:, 0]):
        _, days, outcome = rows[rows[:, 0] == state].T
        theirs = CumIncidenceRight(days, outcome, freq_weights=np.ones(len(days)))
        at = np.searchsorted(theirs.times, np.arange(1, 61), side="right")
        won = np.r_[0, theirs.cinc[0]][at] if (outcome == 1).any() else np.zeros(60)
        followed = np.arange(1, 61) <= days.max()  # beyond, statsmodels has no curve
        assert np.abs(ours[state] - won)[followed].max(initial=0) < 1e-9


def test_many_deals_together_vary_like_each_by_itself(monkeypatch):
    known = department(7, a_day=20, spread=0.2)
    fit = fitted(known)
    until = known.as_of + 32
    exact = outlook.outlook(known, fit, known.as_of, until).open
    monkeypatch.setattr(outlook, "MOST_SINGLE", 100)
    approximate = outlook.outlook(known, fit, known.as_of, until).open
    shares = (0.1, 0.5, 0.9)
    assert np.quantile(approximate, shares) == pytest.approx(np.quantile(exact, shares), rel=0.03)


def test_a_sample_of_the_deals_teaches_what_all_of_them_do(monkeypatch):
    known = department(8, a_day=12)
    everyone = fitted(known).hazards
    monkeypatch.setattr(chances, "MOST_DEALS", len(known.opened) // 3)
    third = fitted(known).hazards
    states = chances.state_of(np.array([FIRST, SECOND]), np.array([7, 7]))
    wins = [chances.incidence(h.won[0], h.lost[0])[states].sum(axis=-1) for h in (everyone, third)]
    assert wins[0] == pytest.approx(wins[1], abs=0.05)

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import betaln
from scipy.stats import beta

from analytics.shrinkage import adjusted

RNG_SEED = 20261123


def counts(*values):
    return np.array(values, dtype=np.int64)


def test_nobody_gives_nothing():
    assert [len(part) for part in adjusted(counts(), counts())] == [0, 0, 0]


def test_a_short_record_is_drawn_further_to_the_department_than_a_long_one():
    won, closed = counts(3, 120, 20, 22, 18), counts(3, 120 * 2, 100, 100, 100)
    rate, low, high = adjusted(won, closed)
    assert rate[0] < 0.75  # three of three is not 100 %
    assert abs(rate[1] - 0.5) < 0.02
    assert high[0] - low[0] > 2 * (high[1] - low[1])


def test_equal_records_have_equal_rates_whatever_their_order():
    won, closed = counts(4, 10, 4, 0), counts(9, 40, 9, 12)
    result = adjusted(won, closed)
    for part, turned in zip(result, adjusted(won[::-1], closed[::-1]), strict=True):
        assert part[0] == part[2]
        assert part == pytest.approx(turned[::-1])


def test_a_record_of_one_sided_luck_keeps_its_interval_inside_0_and_1():
    rate, low, high = adjusted(counts(0, 400), counts(400, 400))
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert rate == pytest.approx([0, 1], abs=0.01)


def test_a_record_of_thousands_is_left_as_it_is():
    won, closed = counts(2_761, 5_819, 4_051), counts(16_707, 18_050, 18_079)
    rate, low, high = adjusted(won, closed)
    assert rate == pytest.approx(won / closed, abs=5e-4)
    spread = np.sqrt(rate * (1 - rate) / closed)
    assert high - low == pytest.approx(2 * 1.645 * spread, rel=0.02)


def test_mean_and_interval_agree_with_direct_integration():
    """The same model by brute force: the posterior mean and the mass of the interval."""
    won, closed = counts(2, 9, 14), counts(8, 20, 60)

    def posterior(spread, mean, of):
        a, b = mean * (1 / spread**2 - 1), (1 - mean) * (1 / spread**2 - 1)
        logs = betaln(a + won, b + closed - won) - betaln(a, b)
        return np.exp(logs.sum() + 30) * of(a + won[0], b + closed[0] - won[0])

    def integral(of):
        return dblquad(posterior, 1e-3, 1 - 1e-3, 1e-3, 1 - 1e-3, args=(of,), epsrel=1e-4)[0]

    rate, low, high = (part[0] for part in adjusted(won, closed))
    whole = integral(lambda a, b: 1.0)
    assert rate == pytest.approx(integral(lambda a, b: a / (a + b)) / whole, abs=2e-3)
    for end, tail in ((low, 0.05), (high, 0.95)):
        mass = integral(lambda a, b, end=end: beta.cdf(end, a, b)) / whole
        assert mass == pytest.approx(tail, abs=3e-3)


@pytest.mark.parametrize("spread_of_sizes", [(3, 20), (3, 400)])
def test_ninety_percent_intervals_cover_what_they_promise(spread_of_sizes):
    """Departments of 4 to 24 reps with 3 to 400 closed deals each, alike or very different."""
    rng = np.random.default_rng(RNG_SEED)
    least, most = np.log(spread_of_sizes)
    inside = []
    for mean in (0.15, 0.24, 0.5):
        for concentration in (8, 25, 120):
            for reps in (4, 12, 24):
                closed = np.exp(rng.uniform(least, most, reps)).astype(np.int64)
                true = rng.beta(mean * concentration, (1 - mean) * concentration, reps)
                _, low, high = adjusted(rng.binomial(closed, true), closed)
                inside.extend((low <= true) & (true <= high))
    assert np.mean(inside) >= 0.87


def test_the_order_of_the_reps_does_not_move_the_last_digit():
    """A download repeated is the same, byte for byte, whatever order the rows came in."""
    rng = np.random.default_rng(RNG_SEED)
    closed = rng.integers(1, 200, 14)
    won = rng.binomial(closed, 0.3)
    rates = np.stack(adjusted(won, closed))
    for _ in range(20):
        order = rng.permutation(14)
        assert (np.stack(adjusted(won[order], closed[order])) == rates[:, order]).all()


def test_one_estimated_prior_would_cover_far_less():
    """What makes the integration worth its while: the plug-in interval of the same model."""
    rng = np.random.default_rng(RNG_SEED)
    plugged, integrated = [], []
    for _ in range(30):
        closed = rng.integers(3, 21, 6)
        true = rng.beta(0.24 * 25, 0.76 * 25, 6)
        won = rng.binomial(closed, true)
        _, low, high = adjusted(won, closed)
        integrated.extend((low <= true) & (true <= high))
        mean, concentration = plug_in(won, closed)
        a, b = mean * concentration + won, (1 - mean) * concentration + closed - won
        plugged.extend((beta.ppf(0.05, a, b) <= true) & (true <= beta.ppf(0.95, a, b)))
    assert np.mean(integrated) >= 0.87
    assert np.mean(plugged) < 0.8


def plug_in(won, closed):
    """Mean and concentration by maximum likelihood on a grid."""
    means, concentrations = np.meshgrid(np.linspace(0.02, 0.98, 97), np.geomspace(1, 1e4, 80))
    a, b = means * concentrations, (1 - means) * concentrations
    fit = sum(betaln(a + w, b + n - w) - betaln(a, b) for w, n in zip(won, closed, strict=True))
    best = np.unravel_index(fit.argmax(), fit.shape)
    return means[best], concentrations[best]

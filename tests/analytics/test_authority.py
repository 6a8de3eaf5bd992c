"""Who decides, under other limits: each deal counted again by exact fractions."""

from collections import Counter
from fractions import Fraction

import pytest

from analytics import authority, listing, tiers

PERIOD = {"since": "2025-07-01", "until": "2026-04-01"}
limits = pytest.mark.parametrize("limits", [(50, 30, 20), (45, 30, 10), (70, 70, 0), (1, 0, -5)])


def rows_of(function, make, rows, **asked):
    return function(make.build(*rows), make.query(**(PERIOD | asked))).collect()


def won(make, rows, **asked):
    """(amount, cost) of every deal or line of known cost."""
    found = rows_of(listing.margin_rows, make, rows, **asked).drop_nulls(["amount", "cost"])
    return found.select("amount", "cost").rows()


def decided_by(amount, cost, percents):
    """The first in line whose limit the margin reaches."""
    if amount > 0:
        for tier, percent in zip(tiers.TIERS, percents, strict=False):
            if Fraction(amount - cost, amount) >= Fraction(percent, 100):
                return tier
    return "gm"


@limits
@pytest.mark.parametrize("grain", ["deal", "line"])
def test_every_tier_equals_a_recount(make, rows, limits, grain):
    found = rows_of(authority.authority, make, rows, limits=limits, grain=grain)
    assert found["tier"].to_list() == list(tiers.TIERS)
    for prefix, percents in (("", limits), ("present_", tiers.PERCENTS)):
        count, amount, profit = Counter(), Counter(), Counter()
        for sold, cost in won(make, rows, grain=grain):
            tier = decided_by(sold, cost, percents)
            count[tier] += 1
            amount[tier] += sold
            profit[tier] += sold - cost
        for name, sums in (("count", count), ("amount", amount), ("gross_profit", profit)):
            assert found[f"{prefix}{name}"].to_list() == [sums[tier] for tier in tiers.TIERS]
    assert found["count_change"].sum() == 0
    behind = rows_of(listing.margin_rows, make, rows, limits=limits, grain=grain)
    counts = dict(behind.drop_nulls("tier").group_by("tier").len().iter_rows())
    assert found["count"].to_list() == [counts.get(tier, 0) for tier in tiers.TIERS]


def test_what_needs_approval_equals_a_recount_at_every_limit(make, rows):
    deals = won(make, rows)
    found = rows_of(authority.approvals, make, rows)
    assert found["limit_rate"].to_list() == [percent / 100 for percent in range(101)]
    for percent, row in enumerate(found.iter_rows(named=True)):
        below = [
            (amount, amount - cost)
            for amount, cost in deals
            if amount <= 0 or 100 * (amount - cost) < percent * amount
        ]
        sums = (sum(amount for amount, _ in below), sum(profit for _, profit in below))
        assert (row["count"], row["amount"], row["gross_profit"]) == (len(below), *sums)


def test_approvals_are_all_that_the_rep_does_not_decide(make, rows):
    found = rows_of(authority.authority, make, rows, limits=(45, 30, 20))
    asked = rows_of(authority.approvals, make, rows).row(45, named=True)
    for name in ("count", "amount", "gross_profit"):
        assert asked[name] == found[name][1:].sum()


def test_todays_limits_are_the_tiers_of_the_regulations(make, rows):
    found = rows_of(authority.authority, make, rows)
    assert found.select(authority.TIER_SHARES.names()).equals(
        rows_of(authority.tier_shares, make, rows)
    )
    assert found["count"].to_list() == found["present_count"].to_list()
    assert found["limit_rate"].to_list() == [0.5, 0.3, 0.2, None]


def test_a_limit_decides_to_the_last_ten_thousandth(make):
    """At 33 % of 3.33: a cost of 2.2311 is just enough, a ten-thousandth more is not."""
    rows = [
        make.won("enough", "2026-03-10", amount=33_300, cost=22_311),
        make.won("short", "2026-03-10", amount=33_300, cost=22_312),
    ]
    found = rows_of(authority.authority, make, rows, limits=(33, 20, 10))
    assert found["count"].to_list() == [1, 1, 0, 0]
    assert rows_of(authority.approvals, make, rows)["count"].to_list()[32:35] == [0, 1, 2]


def test_profit_shares_are_unknown_where_the_whole_is_a_loss(make):
    rows = [make.won("A", "2026-03-10", amount=100, cost=150)]
    found = rows_of(authority.authority, make, rows)
    assert found["gross_profit_rate"].null_count() == 4
    assert found["count_rate"].to_list() == [0, 0, 0, 1]


@pytest.mark.parametrize("limits", [(50, 30), (30, 50, 20), (50, 30, 20, 10)])
def test_limits_that_are_none_are_refused(make, limits):
    with pytest.raises(ValueError, match="no limits"):
        rows_of(authority.authority, make, [], limits=limits)


@pytest.mark.parametrize(
    ("position", "percent", "limits"),
    [
        (0, 60, (60, 30, 20)),
        (0, 25, (25, 25, 20)),
        (1, 55, (55, 55, 20)),
        (2, 60, (60, 60, 60)),
        (1, 0, (50, 0, 0)),
    ],
)
def test_a_limit_that_is_moved_takes_along_those_it_passes(position, percent, limits):
    assert tiers.moved(tiers.PERCENTS, position, percent) == limits
    assert tiers.are_limits(limits)

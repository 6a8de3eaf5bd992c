"""What changed between two periods, and the interval that says whether it may be chance."""

import random

import numpy as np
import polars as pl
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from analytics import department, periods, quarter
from analytics.comparisons import MEASURES
from analytics.query import DIMENSIONS
from analytics.schemas import DEALS
from analytics.win_curves import ALL

Q2 = {"since": "2026-04-01", "until": "2026-07-01"}
KEY = ("group_id", "group", "measure", "against")


def changes(make, rows, **asked):
    return quarter.changes(make.build(*rows), make.query(**Q2 | asked)).collect()


def one(rows, measure, against="previous", group=ALL):
    """One row, without the figures of other units."""
    found = rows.filter(
        pl.col("measure") == measure, pl.col("against") == against, pl.col("group_id") == group
    ).row(0, named=True)
    return {name: value for name, value in found.items() if value is not None}


def some(make, count, on, **values):
    return [make.won(f"{on}-{n}", on, opened_on=on, **values) for n in range(count)]


def test_sums_change_by_their_difference_and_the_squares_of_their_parts(make):
    rows = [*some(make, 8, "2026-04-10", amount=300), *some(make, 4, "2026-01-10", amount=200)]
    won = one(changes(make, rows), "won_amount")
    half = round(1.959963984540054 * (8 * 300**2 + 4 * 200**2) ** 0.5)
    assert (won["now_amount"], won["then_amount"], won["change_amount"]) == (2400, 800, 1600)
    assert (won["low_amount"], won["high_amount"]) == (1600 - half, 1600 + half)
    assert (won["cases"], won["verdict"]) == (12, "chance")
    opened = one(changes(make, rows), "new_deals")
    assert (opened["now_count"], opened["low_count"]) == (8, round(4 - 1.96 * 12**0.5))


def test_few_cases_decide_nothing_and_many_do(make):
    before = some(make, 1, "2026-01-10")
    few = changes(make, [*some(make, 8, "2026-04-10"), *before])
    assert one(few, "won_amount")["verdict"] == "few"
    many = changes(make, [*some(make, 40, "2026-04-10"), *before])
    assert one(many, "won_amount")["verdict"] == "up"
    assert one(many, "win_rate")["verdict"] == "chance"


def test_what_was_not_recorded_then_is_unknown_and_not_zero(make):
    found = changes(make, some(make, 20, "2026-04-10"))
    for against in periods.AGAINST:
        assert one(found, "won_amount", against).keys() == {*KEY, "now_amount", "cases"}
    assert one(found, "visits").keys() == {*KEY, "cases"}


def test_deals_of_unknown_cost_leave_profit_unknown(make):
    rows = [*some(make, 12, "2026-04-10"), *some(make, 12, "2026-01-10", cost=1)]
    found = changes(make, rows)
    assert "now_amount" not in one(found, "gross_profit")
    assert "verdict" not in one(found, "margin_rate")
    assert "then_rate" in one(found, "margin_rate")


def test_a_group_that_did_nothing_then_counts_as_nothing(make):
    rows = [
        *some(make, 5, "2026-04-10", product="Lathe"),
        *some(make, 5, "2026-01-10", product="Press"),
    ]
    found = changes(make, rows, by="product")
    assert one(found, "won_amount", group="Lathe")["then_amount"] == 0
    assert one(found, "won_amount", group="Press")["now_amount"] == 0
    assert found["group"].unique(maintain_order=True).to_list() == [ALL, "Lathe", "Press"]


def test_an_open_period_is_compared_with_nothing(make):
    found = changes(make, some(make, 12, "2026-04-10"), since=None, until=None)
    assert found["verdict"].null_count() == found.height
    assert one(found, "won_amount")["now_amount"] == 12_000_000


def test_groups_add_up_to_everything_and_everything_is_the_overview(make, rows):
    frames, by = make.build(*rows), DIMENSIONS[len(rows) % len(DIMENSIONS)]
    table = quarter.quarter(frames, make.query(**Q2, by=by)).collect()
    whole, parts = table.filter(_IS_WHOLE), table.filter(~_IS_WHOLE)
    for against in periods.AGAINST:
        sides = overview(frames, make.query(**Q2, against=against))
        for side, prefix in zip(sides, ("", f"{against}_"), strict=True):
            for name in ("won_amount", "new_deals", "visits"):
                assert parts[prefix + name].sum() == whole[prefix + name].sum()
            for name in MEASURES:
                assert whole[prefix + name][0] in (None, pytest.approx(side[name]))


def overview(frames, asked):
    return department.overview(frames, asked).collect().to_dicts()


_IS_WHOLE = pl.col("group_id").eq_missing(pl.lit(ALL))


def test_the_order_of_rows_does_not_matter(make):
    frames = make.build(*make.random_rows(3))
    turned = {name: frame.reverse() for name, frame in frames.items()}
    asked = make.query(**Q2, by="region")
    one, other = (quarter.changes(f, asked).collect() for f in (frames, turned))
    assert one.select(pl.exclude("^.*_rate$")).equals(other.select(pl.exclude("^.*_rate$")))


def test_the_interval_of_win_rates_is_newcombe_s(make):
    def decided(won, lost, on):
        return [
            *(make.won(f"w{on}{n}", on, opened_on=on) for n in range(won)),
            *(make.lost(f"l{on}{n}", on, opened_on=on) for n in range(lost)),
        ]

    found = one(
        changes(make, [*decided(17, 9, "2026-05-01"), *decided(6, 20, "2026-01-31")]), "win_rate"
    )
    low, high = confint_proportions_2indep(17, 26, 6, 26, method="newcomb", compare="diff")
    assert (found["low_rate"], found["high_rate"]) == pytest.approx((low, high))
    assert found["verdict"] == "up"


@pytest.mark.parametrize("measure", ["won_amount", "gross_profit", "margin_rate"])
def test_the_interval_is_as_wide_as_drawing_the_deals_again_makes_it(make, measure):
    chance, made = random.Random(5), []
    for on in ("2026-04-10", "2026-01-10"):
        for n in range(60):
            amount = round(1e6 * chance.lognormvariate(0, 1))
            cost = round(amount * chance.uniform(0.4, 0.9))
            made.append(make.won(f"{on}{n}", on, opened_on=on, amount=amount, cost=cost))
    found = one(changes(make, made), measure)
    unit = MEASURES[measure][0]
    width = (found[f"high_{unit}"] - found[f"low_{unit}"]) / (2 * 1.959963984540054)
    counts = np.random.default_rng(1).poisson(1, (20_000, 120))
    values = np.array([(r.values["amount"], r.values["cost"]) for r in made], dtype=float)
    sums = {n: counts[:, part] @ values[part] for n, part in _HALVES.items()}
    drawn = [_of(measure, sums[n]) for n in ("now", "then")]
    assert width == pytest.approx(np.std(drawn[0] - drawn[1]), rel=0.06)


_HALVES = {"now": slice(0, 60), "then": slice(60, 120)}


def _of(measure, sums):
    amount, cost = sums.T
    profit = amount - cost
    return {"won_amount": amount, "gross_profit": profit, "margin_rate": profit / amount}[measure]


def test_changes_that_mean_nothing_rarely_lie_beyond_chance_and_real_ones_do(make):
    """400 products of about 25 skewed deals a quarter; of as many others three times as many."""
    chance = np.random.default_rng(7)
    parts = []
    for product in range(800):
        for month, size in (("2026-05", 25 if product < 400 else 75), ("2026-02", 25)):
            amounts = (1e6 * chance.lognormal(0, 1, chance.poisson(size))).astype(np.int64)
            days = [f"{month}-{day:02}" for day in chance.integers(1, 28, len(amounts))]
            parts.append(
                pl.DataFrame({"product": str(product), "closed_on": days, "amount": amounts})
            )
    parts.append(pl.DataFrame({"product": "first", "closed_on": ["2026-01-01"], "amount": [1]}))
    frames = {**make.build(make.rep("R1")), "deals": won_deals(pl.concat(parts))}
    found = quarter.changes(frames, make.query(**Q2, by="product")).collect()
    for measure in ("won_amount", "new_deals"):
        own = found.filter(pl.col("measure") == measure, pl.col("against") == "previous")
        is_beyond = pl.col("verdict").is_in(("up", "down"))
        is_real = pl.col("group_id").cast(pl.Int64, strict=False) >= 400
        rates = own.group_by(is_real.alias("is_real")).agg(is_beyond.mean()).rows_by_key("is_real")
        assert rates[False][0][0] <= 0.06
        assert rates[True][0][0] >= 0.85


def won_deals(rows):
    """DEALS of R1, each opened and won on a day."""
    day = pl.col("closed_on").str.to_date()
    typed = rows.with_row_index("id").with_columns(
        deal_id=pl.col("id").cast(pl.String),
        rep_id=pl.lit("R1"),
        status=pl.lit("won"),
        opened_on=day,
        closed_on=day,
    )
    known = [
        pl.col(n).cast(t) if n in typed.columns else pl.lit(None, t).alias(n)
        for n, t in DEALS.items()
    ]
    return typed.select(known).lazy()

"""Credit for won deals, by hand and against exact fractions."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import polars as pl
import pytest

from analytics import department, visit_credit
from analytics.visit_credit import RULES

PERIOD = {"since": "2026-02-01", "until": "2026-03-01"}
rules = pytest.mark.parametrize("rule", RULES)


def credited(make, rule, *rows, by=None, **asked):
    """Credit rows by the rule, or groups where `by` is given."""
    function = visit_credit.by_dimension if by else visit_credit.credit_rows
    query = make.query(credit=rule, by=by or "rep", **(PERIOD | asked))
    return function(make.build(*rows), query).collect()


def parts(make, rule, *rows):
    """Visit -> amount and gross profit."""
    found = credited(make, rule, *rows).select("visit_id", "amount", "gross_profit")
    return {visit: brought for visit, *brought in found.iter_rows()}


def deal_with(make, *days, amount=100, cost=60):
    """A won deal of 20 February with a visit V1, V2, ... on each of these days."""
    deal = make.won("D1", "2026-02-20", amount=amount, cost=cost)
    return [
        deal,
        *(make.visit(f"V{n}", day, deal_id="D1") for n, day in enumerate(days, start=1)),
    ]


def test_the_first_the_last_or_all_equally(make):
    rows = deal_with(make, "2026-01-02", "2026-02-02", "2026-02-20")
    assert parts(make, "first", *rows) == {"V1": [100, 40]}
    assert parts(make, "last", *rows) == {"V3": [100, 40]}
    assert parts(make, "linear", *rows) == {"V1": [34, 14], "V2": [33, 13], "V3": [33, 13]}


def test_credit_halves_every_fourteen_days_before_the_last_visit(make):
    rows = deal_with(make, "2026-01-21", "2026-02-04", "2026-02-18", amount=700, cost=0)
    assert parts(make, "decay", *rows) == {
        "V1": [100, 100],
        "V2": [200, 200],
        "V3": [400, 400],
    }


def test_visits_of_one_moment_share_equally(make):
    rows = deal_with(make, "2026-02-02", "2026-02-02", "2026-02-10", "2026-02-10", amount=101)
    assert parts(make, "first", *rows) == {"V1": [51, 21], "V2": [50, 20]}
    assert parts(make, "last", *rows) == {"V3": [51, 21], "V4": [50, 20]}
    assert len(parts(make, "decay", *rows)) == 4


def test_of_one_day_the_hour_tells_which_was_first(make):
    early = make.visit("V9", "2026-02-02", deal_id="D1", visited_at="2026-02-02 01:00:00")
    rows = [*deal_with(make, "2026-02-02"), early]
    assert parts(make, "first", *rows) == {"V9": [100, 40]}


@rules
def test_a_loss_is_shared_like_a_profit(make, rule):
    rows = deal_with(make, "2026-02-02", "2026-02-02", amount=100, cost=201)
    assert sum(profit for _, profit in parts(make, rule, *rows).values()) == -101


def test_a_visit_after_the_closing_day_a_task_and_another_deals_visit_get_nothing(make):
    more = [
        make.visit("V7", "2026-02-21", deal_id="D1"),
        make.visit("V8", "2026-02-02", deal_id="D1", kind="task", is_visit=False),
        make.visit("V9", "2026-02-02"),
    ]
    assert parts(make, "linear", *deal_with(make, "2026-02-20"), *more) == {"V1": [100, 40]}


def test_a_deal_without_visits_keeps_what_it_brought_in_a_row_of_its_own(make):
    rows = [*deal_with(make, "2026-02-02"), make.won("D2", "2026-02-03", amount=300, cost=None)]
    groups = credited(make, "linear", *rows, by="kind")
    assert groups.to_dicts() == [
        {
            **{"group_id": "visit", "group": "visit", "has_visits": True, "visits": 1, "deals": 1},
            **{"amount": 100, "amount_rate": 0.25, "gross_profit": 40, "unknown_count": 0},
        },
        {
            **{"group_id": None, "group": None, "has_visits": False, "visits": 0, "deals": 1},
            **{"amount": 300, "amount_rate": 0.75, "gross_profit": None, "unknown_count": 1},
        },
    ]


def test_credit_goes_to_who_made_the_visit_and_filters_choose_the_deals(make):
    rows = [
        make.won("D1", "2026-02-20", rep_id="R1", amount=100, cost=0),
        make.visit("V1", "2026-02-02", deal_id="D1", rep_id="R2"),
        make.won("D2", "2026-02-20", rep_id="R3", amount=50, cost=0),
        make.visit("V2", "2026-02-02", deal_id="D2", rep_id="R1"),
    ]
    groups = credited(make, "linear", *rows, by="rep", rep=("R1",))
    assert groups.select("group", "amount").rows() == [("R2", 100)]


def test_profit_is_that_of_the_lines_whose_cost_is_known(make):
    rows = [
        *deal_with(make, "2026-02-02", amount=300, cost=None),
        make.line("D1", 1, amount=100, cost=30),
        make.line("D1", 2, amount=200, cost=None),
    ]
    assert parts(make, "linear", *rows) == {"V1": [300, 70]}


@rules
@pytest.mark.parametrize(
    ("rows", "by"), [(1, "team"), (3, "kind"), (8, "product")], indirect=["rows"]
)
def test_credits_add_up_to_what_the_department_won(make, rows, rule, by):
    query = make.query(since="2025-07-01", until="2026-04-01", by=by, credit=rule)
    frames = make.build(*rows)
    whole = department.overview(frames, query).collect().row(0, named=True)
    for report in (visit_credit.by_dimension, visit_credit.credit_rows):
        credit = report(frames, query).collect()
        assert credit["amount"].sum() == whole["won_amount"]
        assert credit["gross_profit"].sum() == (whole["gross_profit"] or 0)


def crowded(make, seed):
    """Won deals with many visits, often several at one moment; profits of both signs."""
    rng = random.Random(seed)
    rows = []
    for number in range(30):
        deal = make.won(
            f"D{number}",
            date(2026, 2, rng.randint(1, 28)),
            amount=rng.randint(0, 10**10),
            cost=rng.choice((None, rng.randint(0, 2 * 10**10))),
        )
        rows.append(deal)
        for visit in range(rng.randint(0, 9)):
            on = date(2026, 2, 28) - timedelta(days=rng.choice((0, 1, 5, 28, rng.randint(0, 400))))
            at = datetime(on.year, on.month, on.day, rng.choice((1, 2, 3)))
            name = f"V{rng.randint(0, 99):02}.{number}.{visit}"
            rows.append(make.visit(name, on, visited_at=at, deal_id=f"D{number}"))
    return rng.sample(rows, len(rows))


def half_to_the(days):
    """2 ** -(days / 14) with sixty digits."""
    with localcontext(prec=60):
        return Fraction(Decimal(2) ** (-Decimal(days) / 14))


def weights(rule, visits):
    moments = [visit["visited_at"] for visit in visits]
    if rule == "linear":
        return [Fraction(1)] * len(visits)
    if rule == "decay":
        newest = max(visit["visited_on"] for visit in visits)
        return [half_to_the((newest - visit["visited_on"]).days) for visit in visits]
    chosen = min(moments) if rule == "first" else max(moments)
    return [Fraction(moment == chosen) for moment in moments]


def shared(whole, shares):
    """Whole units in proportion, the largest remainders rounded up, in the order given."""
    exact = [whole * share / sum(shares) for share in shares]
    units = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(exact)), key=lambda n: (units[n] - exact[n], n))
    for n in order[: whole - sum(units)]:
        units[n] += 1
    return units


@rules
@pytest.mark.parametrize("seed", range(3))
def test_every_credit_equals_exact_fractions(make, rule, seed):
    rows = crowded(make, seed)
    expected = {}
    for deal in (row.values for row in rows if row.table == "deals"):
        visits = [
            row.values
            for row in rows
            if row.values.get("visit_id")
            and row.values["deal_id"] == deal["deal_id"]
            and row.values["visited_on"] <= deal["closed_on"]
        ]
        visits.sort(key=lambda visit: (visit["visited_at"], visit["visit_id"]))
        if not visits:
            continue
        share = weights(rule, visits)
        profit = None if deal["cost"] is None else deal["amount"] - deal["cost"]
        amounts, profits = (
            [None] * len(visits) if whole is None else shared(whole, share)
            for whole in (deal["amount"], profit)
        )
        for visit, weight, *brought in zip(visits, share, amounts, profits, strict=True):
            if weight:
                expected[visit["visit_id"]] = brought
    found = credited(make, rule, *rows).drop_nulls("visit_id")
    assert {v: [a, p] for v, a, p in found.select("visit_id", "amount", "gross_profit").rows()} == (
        expected
    )
    assert found.filter(pl.col("gross_profit") < 0).height > 5


def test_an_unknown_rule_is_refused(make):
    with pytest.raises(ValueError, match="no credit by luck"):
        credited(make, "luck")

"""What changed gross profit: by hand, against exact fractions, and by its laws."""

import random
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import polars as pl
import pytest

from analytics import bridge, margins
from analytics.bridge_effects import BY_AMOUNT, BY_QUANTITY, EFFECTS

MARCH = {"since": "2026-03-01", "until": "2026-04-01"}
BEFORE, AFTER = "2026-02-10", "2026-03-10"  # days of the two sides


def rows_of(function, make, rows, **asked):
    return function(make.build(*rows), make.query(**(MARCH | asked))).collect()


def steps(make, rows, **asked):
    """Effect -> gross profit, before and after included."""
    found = rows_of(bridge.bridge, make, rows, **asked)
    return dict(found.select("effect", "gross_profit").iter_rows())


def changes(make, rows, **asked):
    """Effects that are not 0."""
    found = steps(make, rows, **asked)
    return {effect: found[effect] for effect in EFFECTS if found[effect]}


def sold(make, on, product, quantity, amount, cost, **values):
    """A won deal of one line."""
    deal_id = f"{on} {product} {values}"
    amounts = {"amount": amount, "cost": cost}
    return [
        make.won(deal_id, on, **amounts, **values),
        make.line(deal_id, product=product, quantity=quantity, **amounts),
    ]


def order(make, on, product, amount, cost, **values):
    """A won deal without lines: nobody wrote down how many."""
    return [make.won(f"{on} {product}", on, product=product, amount=amount, cost=cost, **values)]


def test_each_effect_by_hand(make):
    """Lathes: 10 at 200, cost 120; then 12 at 220, cost 140. Oil: 30 at 20, cost 10; then 18."""
    rows = [
        *sold(make, BEFORE, "Lathe", 10, 2000, 1200),
        *sold(make, BEFORE, "Oil", 30, 600, 300),
        *sold(make, AFTER, "Lathe", 12, 2640, 1680),
        *sold(make, AFTER, "Oil", 18, 360, 180),
    ]
    assert steps(make, rows) == {
        "before": 1100,
        "volume": -275,  # 30 pieces instead of 40, at 27.50 each
        "mix": 315,  # lathes are now 12 of 30, they were 10 of 40
        "price": 240,
        "cost": -240,
        "amount": 0,
        "rate": 0,
        "new": 0,
        "lost": 0,
        "unknown": 0,
        "after": 1140,
    }


@pytest.mark.parametrize(
    ("now", "effect"),
    [
        ((10, 1200, 600), "price"),
        ((10, 1000, 700), "cost"),
        ((25, 2500, 1500), "volume"),
    ],
)
def test_a_pure_change_is_only_itself(make, now, effect):
    rows = sold(make, BEFORE, "Lathe", 10, 1000, 600) + sold(make, AFTER, "Lathe", *now)
    _, amount, cost = now
    assert changes(make, rows) == {effect: amount - cost - 400}


def test_the_same_pieces_of_other_products_are_mix(make):
    rows = [
        *sold(make, BEFORE, "Lathe", 10, 1000, 600),
        *sold(make, BEFORE, "Oil", 20, 200, 100),
        *sold(make, AFTER, "Lathe", 20, 2000, 1200),
        *sold(make, AFTER, "Oil", 10, 100, 50),
    ]
    assert changes(make, rows) == {"mix": 350}


def test_new_lost_and_unknown_products_are_parts_of_their_own(make):
    rows = [
        *sold(make, BEFORE, "Lathe", 10, 1000, 600),
        *sold(make, BEFORE, "Press", 1, 500, 450),
        *sold(make, BEFORE, "Oil", 1, 70, 40),
        *sold(make, AFTER, "Lathe", 10, 1000, 600),
        *sold(make, AFTER, "Robot", 1, 900, 700),
        *sold(make, AFTER, "Oil", 1, 80, None),
        *sold(make, AFTER, "Paint", 1, 20, None),
    ]
    assert changes(make, rows) == {"new": 200, "lost": -50, "unknown": -30}
    after = rows_of(bridge.bridge, make, rows).row(-1, named=True)
    assert (after["known_amount"], after["unknown_amount"]) == (1900, 100)
    by_product = rows_of(bridge.products, make, rows)
    assert by_product["product"].to_list() == ["Robot", "Press", "Oil", "Lathe", "Paint"]
    unknown = by_product.filter(pl.col("product") == "Oil").row(0, named=True)
    assert (unknown["before_gross_profit"], unknown["after_gross_profit"]) == (30, None)


def test_without_quantities_there_are_amount_and_rate(make):
    rows = [
        *order(make, BEFORE, "Lathe", 1000, 600),
        *order(make, AFTER, "Lathe", 1500, 1050),
    ]
    found = steps(make, rows)
    assert [found[effect] for effect in BY_AMOUNT] == [200, -150]
    assert [found[effect] for effect in BY_QUANTITY] == [None] * 4


def test_a_product_with_quantities_on_one_side_is_compared_by_amount(make):
    rows = [
        *sold(make, BEFORE, "Lathe", 10, 1000, 600),
        *order(make, AFTER, "Lathe", 1500, 1050),
        *sold(make, BEFORE, "Oil", 10, 100, 50),
        *sold(make, AFTER, "Oil", 10, 120, 50),
    ]
    assert changes(make, rows) == {"price": 20, "amount": 200, "rate": -150}


def test_orders_with_and_without_quantities_are_each_compared_with_their_like(make):
    rows = [
        *sold(make, BEFORE, "Lathe", 10, 1000, 600),
        *order(make, BEFORE, "Lathe", 500, 400),
        *sold(make, AFTER, "Lathe", 10, 1100, 600),
        *order(make, AFTER, "Lathe", 1000, 800),
    ]
    assert changes(make, rows) == {"price": 100, "amount": 100}
    assert rows_of(bridge.products, make, rows).select("product", "price_gross_profit").rows() == [
        ("Lathe", 100)
    ]


def test_where_nothing_was_earned_before_all_of_a_change_is_rate(make):
    rows = order(make, BEFORE, "Gift", 0, 30) + order(make, AFTER, "Gift", 100, 60)
    assert changes(make, rows) == {"rate": 70}


def test_a_side_of_wholly_unknown_cost_tells_nothing(make):
    rows = sold(make, BEFORE, "Lathe", 1, 100, None) + sold(make, AFTER, "Lathe", 1, 100, 60)
    found = steps(make, rows)
    assert found.pop("after") == 40
    assert set(found.values()) == {None}


def test_a_period_without_beginning_has_nothing_before_it(make):
    rows = sold(make, AFTER, "Lathe", 1, 100, 60)
    for function in (bridge.bridge, bridge.products):
        assert rows_of(function, make, rows, since=None).is_empty()


def test_a_year_before_counts_where_it_is_asked_for(make):
    rows = sold(make, "2025-03-10", "Lathe", 10, 1000, 600)
    rows += sold(make, AFTER, "Lathe", 10, 1100, 600)
    assert changes(make, rows) == {"new": 500}
    assert changes(make, rows, against="last_year") == {"price": 100}
    two_years = {"since": "2024-07-01", "until": "2026-07-01", "against": "last_year"}
    found = steps(make, rows, **two_years)  # the two periods share a year
    assert (found["before"], found["after"], found["amount"]) == (400, 900, 0)


def test_two_groups_are_compared_instead_of_two_periods(make):
    rows = [make.rep("R1", rep="Li"), make.rep("R2", rep="Wu")]
    rows += sold(make, AFTER, "Lathe", 10, 1000, 600, rep_id="R1")
    rows += sold(make, AFTER, "Lathe", 10, 900, 600, rep_id="R2")
    asked = {"by": "rep", "pair": ("R1", "R2")}
    assert changes(make, rows, **asked) == {"price": -100}
    sides = rows_of(bridge.bridge, make, rows, **asked)
    assert sides.row(0, named=True)["group"] == "Li"
    assert sides["since"].null_count() == sides.height


def test_an_unknown_group_can_be_compared(make):
    rows = [make.customer("C1", region="Anhui")]
    rows += sold(make, AFTER, "Lathe", 10, 1000, 600, customer_id="C1")
    rows += sold(make, AFTER, "Lathe", 10, 900, 600)
    assert changes(make, rows, by="region", pair=("Anhui", "")) == {"price": -100}


# ---- laws, on random sales


def random_sales(make, seed):
    """Sales of two months: with lines and quantities, without, of unknown cost, of no price."""
    rng = random.Random(seed)
    rows = []
    for number in range(rng.randint(0, 60)):
        deal_id, on = f"D{number}", rng.choice((BEFORE, AFTER))
        money = {"amount": rng.choice((0, rng.randint(1, 10**9))), "cost": rng.randint(0, 10**9)}
        money["cost"] = rng.choice((None, *[money["cost"]] * 9))
        product = rng.choice((None, "Lathe", "Press", "Oil", "Robot", "Paint"))
        deal = {"rep_id": rng.choice(("R1", "R2")), "product": product}
        rows.append(make.won(deal_id, on, **deal, **money))
        if rng.random() < 0.7:
            quantity = rng.choice((None, 0, rng.randint(1, 500) / 4))
            rows.append(make.line(deal_id, product=product, quantity=quantity, **money))
    return rows


seeds = pytest.mark.parametrize("seed", range(5))


@seeds
def test_the_parts_add_up_to_the_ten_thousandth(make, seed):
    rows = random_sales(make, seed)
    found = steps(make, rows)
    effects = [found[effect] for effect in EFFECTS]
    if found["before"] is not None and found["after"] is not None:
        assert sum(e or 0 for e in effects) == found["after"] - found["before"]
    whole = margins.quantiles(make.build(*rows), make.query(**MARCH)).collect()
    assert found["after"] == whole["gross_profit"][0]
    products = rows_of(bridge.products, make, rows)
    parts = products.select(f"{effect}_gross_profit" for effect in EFFECTS)
    assert parts.sum_horizontal().to_list() == products["change_gross_profit"].to_list()
    if None not in (found["before"], found["after"]):
        assert [v or 0 for v in parts.sum().row(0)] == [e or 0 for e in effects]


@seeds
def test_the_other_way_round_the_total_is_the_opposite(make, seed):
    frames = make.build(*random_sales(make, seed))
    query = make.query(by="rep", pair=("R1", "R2"))
    one, other = (
        bridge.bridge(frames, asked).collect()["gross_profit"]
        for asked in (query, replace(query, pair=query.pair[::-1]))
    )
    assert (one[0], one[-1]) == (other[-1], other[0])
    if one.count() > 2:
        assert one[1:-1].sum() == -other[1:-1].sum()


@seeds
def test_nothing_changes_from_a_group_to_itself(make, seed):
    found = steps(make, random_sales(make, seed), by="rep", pair=("R1", "R1"))
    assert {found[effect] for effect in EFFECTS} <= {0, None}


@seeds
def test_effects_by_quantity_equal_exact_fractions(make, seed):
    """Recounted from the rows, for products that have quantities on all their known lines."""
    rows = [
        row
        for row in random_sales(make, seed)
        if row.table == "deals" or (row.values["quantity"] and row.values["amount"])
    ]
    with_line = {row.values["deal_id"] for row in rows if row.table == "deal_lines"}
    rows = [row for row in rows if row.values["deal_id"] in with_line]
    sides = _recount(rows)
    expected = dict.fromkeys(EFFECTS, Fraction(0))
    both = [product for product, (b, a) in sides.items() if b.known and a.known]
    q0, q1 = (sum((sides[p][n].quantity for p in both), Fraction(0)) for n in (0, 1))
    mean = sum((sides[p][0].profit for p in both), Fraction(0)) / q0 if q0 else Fraction(0)
    expected["volume"] = (q1 - q0) * mean
    for product, (b, a) in sides.items():
        if product in both:
            old_margin = b.profit / b.quantity
            expected["mix"] += (a.quantity - q1 * b.quantity / q0) * old_margin
            expected["price"] += a.amount - a.quantity * b.amount / b.quantity
            expected["cost"] -= a.cost - a.quantity * b.cost / b.quantity
        elif not b.lines or not a.lines:
            effect = "lost" if b.lines else "new"
            expected[effect] += a.profit - b.profit
        else:
            expected["unknown"] += a.profit - b.profit
    found = steps(make, rows)
    if None not in (found["before"], found["after"]):
        for effect in EFFECTS:
            assert (found[effect] or 0) == pytest.approx(float(expected[effect]), abs=len(sides))


class _Side:
    def __init__(self):
        self.lines = self.known = 0
        self.quantity = self.amount = self.cost = Fraction(0)

    @property
    def profit(self):
        return self.amount - self.cost


def _recount(rows):
    """Product -> what was sold before and after."""
    deals = {row.values["deal_id"]: row.values for row in rows if row.table == "deals"}
    sides = defaultdict(lambda: (_Side(), _Side()))
    for row in rows:
        if row.table != "deal_lines":
            continue
        values, deal = row.values, deals[row.values["deal_id"]]
        side = sides[deal["product"]][deal["closed_on"] == AFTER]
        side.lines += 1
        if values["cost"] is not None:
            side.known += 1
            side.quantity += Fraction(values["quantity"])
            side.amount += values["amount"]
            side.cost += values["cost"]
    return sides


def test_unit_prices_beyond_what_a_float_holds_do_not_drift(make):
    huge = 10**17 + 1
    rows = sold(make, BEFORE, "Lathe", 3, huge, 7) + sold(make, AFTER, "Lathe", 3, huge + 9, 7)
    assert changes(make, rows) == {"price": 9}

"""Unusual margins: against their product, else their category, else all."""

import numpy as np
import pytest

from analytics import listing, outliers

ON = "2026-03-10"


def found(make, rows, **asked):
    return outliers.outliers(make.build(*rows), make.query(**asked)).collect()


def deals(make, product, margins, prefix=""):
    """One won deal per margin in percent."""
    return [
        make.won(f"{prefix}{product}{n:02}", ON, product=product, amount=100, cost=100 - margin)
        for n, margin in enumerate(margins)
    ]


USUAL = [38, 38, 39, 39, 40, 40, 41, 41, 42, 42]  # quartiles 39 and 41 %: 36 to 44 % is usual


def test_a_margin_is_compared_with_those_of_its_product(make):
    rows = deals(make, "Lathe", [*USUAL, 20]) + deals(make, "Oil", [m - 20 for m in USUAL])
    row = found(make, rows).row(0, named=True)
    assert (row["deal_id"], row["compared_with"], row["compared_count"]) == (
        "Lathe10",
        "product",
        11,
    )
    assert row["usual_low_rate"] == pytest.approx(0.385 - 1.5 * 0.025)
    assert row["beyond_rate"] == pytest.approx(0.2 - row["usual_low_rate"])
    assert found(make, rows).height == 1


def test_what_lies_on_the_fence_is_usual(make):
    margins = [36, 38, 39, 39, 40, 40, 41, 41, 42, 44]
    assert found(make, deals(make, "Lathe", margins)).is_empty()
    assert found(make, deals(make, "Lathe", [*margins[1:], 35]))["margin_rate"].to_list() == [0.35]


def test_a_product_with_few_deals_is_compared_with_all(make):
    rows = deals(make, "Lathe", USUAL) + deals(make, "Press", [90])
    row = found(make, rows).row(0, named=True)
    assert (row["product"], row["compared_with"], row["compared_count"]) == ("Press", "all", 11)


def test_a_product_without_any_spread_tells_nothing(make):
    rows = deals(make, "Lathe", [40] * 12 + [41]) + deals(make, "Oil", [10, 20, 30, 50] * 5)
    assert found(make, rows).is_empty()


def test_a_line_is_compared_with_its_category_before_all(make):
    rows = []
    for n, margin in enumerate([*USUAL, 70]):
        rows += [
            make.won(f"D{n}", ON, amount=100, cost=50),
            make.line(f"D{n}", product=f"P{n}", category="Tool", amount=100, cost=100 - margin),
        ]
    row = found(make, rows, grain="line").row(0, named=True)
    assert (row["deal_id"], row["line"], row["compared_with"]) == ("D10", 1, "category")


def test_too_few_margins_at_all_have_no_outliers(make):
    assert found(make, deals(make, "Lathe", [*USUAL[:8], 99])).is_empty()


@pytest.mark.parametrize("grain", ["deal", "line"])
def test_rows_equal_a_recount_by_numpy(make, grain):
    """A department of many deals; fences by numpy's quantiles."""
    rows = [row for seed in range(8) for row in _renamed(make.random_rows(seed), seed)]
    listed = listing.margin_rows(make.build(*rows), make.query(grain=grain)).collect()
    rated = listed.drop_nulls("margin_rate").to_dicts()
    unusual = set()
    for row in rated:
        alike = [o["margin_rate"] for o in rated if o["product"] == row["product"]]
        if row["product"] is None or len(alike) < outliers.FEWEST:
            alike = [o["margin_rate"] for o in rated]
        low, high = np.quantile(alike, [0.25, 0.75])
        if not low - 1.5 * (high - low) <= row["margin_rate"] <= high + 1.5 * (high - low):
            unusual.add((row["deal_id"], row["line"]))
    ours = found(make, rows, grain=grain)
    assert set(ours.select("deal_id", "line").rows()) == unusual
    assert unusual
    assert ours["beyond_rate"].abs().is_sorted(descending=True)


def _renamed(rows, seed):
    """The deals and lines of one of several departments, without categories."""
    for row in rows:
        if row.table in ("deals", "deal_lines"):
            row.values["deal_id"] = f"{seed}-{row.values['deal_id']}"
            row.values.pop("category", None)
            yield row

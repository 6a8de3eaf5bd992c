import math
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import authority, department, listing, margins, tiers
from analytics.schemas import require

ON = "2026-03-10"


def report(function, make, rows, **asked):
    return function(make.build(*rows), make.query(**asked)).collect()


def won(make, deal_id, amount, cost, **values):
    return make.won(deal_id, ON, amount=amount, cost=cost, **values)


def one_tier(amount, cost):
    money = pl.DataFrame(
        {"amount": [amount], "cost": [cost]}, schema={"amount": pl.Int64, "cost": pl.Int64}
    )
    return money.select(tiers.tier()).item()


@pytest.mark.parametrize(
    ("percent", "tier"),
    [
        ("100.00", "rep"),
        ("50.00", "rep"),
        ("49.99", "manager"),
        ("30.00", "manager"),
        ("29.99", "office"),
        ("20.00", "office"),
        ("19.99", "gm"),
        ("0.00", "gm"),
        ("-0.01", "gm"),
        ("-60.00", "gm"),
    ],
)
@pytest.mark.parametrize("amount", ["100", "0.1", "12345.67", "333.3333", "99999999999.9999"])
def test_the_tier_at_the_limits_of_the_regulations(percent, tier, amount):
    """The cost is the greatest that leaves at least `percent`, or the least that does not."""
    scaled = int(Decimal(amount) * 10_000)
    exact = scaled * (100 - Decimal(percent)) / 100
    cost = math.floor(exact) if Decimal(percent) % 5 == 0 else math.ceil(exact)
    assert one_tier(scaled, cost) == tier


@pytest.mark.parametrize("limit", [50, 30, 20])
@pytest.mark.parametrize("amount", [1_0000, 7_7777, 123_456_789, 10**18])
def test_one_ten_thousandth_of_cost_decides_at_a_limit(limit, amount):
    names = dict(zip((50, 30, 20), tiers.TIERS, strict=False))
    below = tiers.TIERS[tiers.TIERS.index(names[limit]) + 1]
    dearest = amount * (100 - limit) // 100
    assert one_tier(amount, dearest) == names[limit]
    assert one_tier(amount, dearest + 1) == below


def test_floats_would_put_exact_limits_a_tier_too_low():
    money = pl.DataFrame({"amount": range(10, 20_001, 10), "cost": range(7, 14_001, 7)})
    assert money.select(tiers.tier()).to_series().unique().to_list() == ["manager"]
    amount, cost = money["amount"] / 10_000, money["cost"] / 10_000
    too_low = ((amount - cost) / amount < 0.3).mean()
    assert too_low > 0.1


@pytest.mark.parametrize(
    ("amount", "cost", "tier"),
    [(0, 0, "gm"), (0, 5, "gm"), (-100, -40, "gm"), (100, None, None), (None, 100, None)],
)
def test_without_a_price_nobody_below_decides_and_unknown_is_nobodys(amount, cost, tier):
    assert one_tier(amount, cost) == tier


def test_bins_hold_their_lower_edge_and_end_in_one_bin_each(make):
    costs = {-60: "P", -50: "Q", -5: "R", 0: "S", 5: "T", 95: "U", 100: "V", 120: "W"}
    rows = [won(make, name, 100, 100 - percent) for percent, name in costs.items()]
    rows.append(won(make, "X", 10_000, 9_501))  # 4.99 %
    bins = report(margins.distribution, make, rows)
    assert bins.height == 32
    filled = bins.filter(pl.col("count") > 0).select("bin_low_rate", "bin_high_rate", "count")
    assert filled.rows() == [
        (None, -0.5, 1),
        (-0.5, -0.45, 1),
        (-0.05, 0.0, 1),
        (0.0, 0.05, 2),
        (0.05, 0.1, 1),
        (0.95, 1.0, 1),
        (1.0, None, 2),
    ]


def test_every_bin_lies_in_one_tier():
    bins = tiers.bins().collect()
    edges = {"gm": (None, 0.2), "office": (0.2, 0.3), "manager": (0.3, 0.5), "rep": (0.5, None)}
    for tier, (low, high) in edges.items():
        part = bins.filter(pl.col("tier") == tier)
        assert (part["bin_low_rate"][0], part["bin_high_rate"][-1]) == (low, high)


def test_shares_of_the_distribution_are_by_count_and_by_amount(make):
    rows = [won(make, "A", 300, 150), won(make, "B", 100, 90)]
    filled = report(margins.distribution, make, rows).filter(pl.col("count") > 0)
    assert filled.select("tier", "amount", "count_rate", "amount_rate").rows() == [
        ("gm", 100, 0.5, 0.25),
        ("rep", 300, 0.5, 0.75),
    ]


def test_a_zero_amount_is_in_no_bin_but_its_cost_counts(make):
    rows = [won(make, "A", 100, 60), won(make, "B", 0, 10)]
    assert report(margins.distribution, make, rows)["count"].sum() == 1
    row = report(margins.quantiles, make, rows).row(0, named=True)
    assert (row["count"], row["unrated_count"], row["loss_making"]) == (2, 1, 1)
    assert (row["gross_profit"], row["margin_rate"]) == (30, 0.3)
    assert row["p50_rate"] == 0.4


def test_unknown_cost_leaves_both_sums_and_is_counted(make):
    rows = [won(make, "A", 100, 60), won(make, "B", 900, None)]
    row = report(margins.quantiles, make, rows).row(0, named=True)
    assert row["margin_rate"] == 0.4
    assert (row["count"], row["unknown_count"]) == (1, 1)
    assert (row["won_amount"], row["known_amount"], row["unknown_amount"]) == (1000, 100, 900)


def test_no_cost_at_all_is_unknown_not_zero(make):
    row = report(margins.quantiles, make, [won(make, "A", 100, None)]).row(0, named=True)
    assert (row["margin_rate"], row["gross_profit"], row["p50_rate"]) == (None, None, None)
    assert (row["won_amount"], row["known_amount"], row["unknown_count"]) == (100, 0, 1)


def test_a_margin_is_never_an_average_of_percentages(make):
    """ERPNext's totals average rates: 55 % here, where 9.9 % of the money was earned."""
    rows = [won(make, "A", 10, 0), won(make, "B", 1000, 910)]
    assert report(margins.quantiles, make, rows)["margin_rate"][0] == pytest.approx(100 / 1010)


def with_lines(make):
    """Two deals of two lines, of which one line's cost is unknown, and one without lines."""
    return [
        won(make, "A", 300, 180, product="Order"),
        make.line("A", 1, product="Lathe", category="Machine", amount=200, cost=100),
        make.line("A", 2, product="Oil", category="Supply", amount=100, cost=80),
        won(make, "B", 500, None, product="Order"),
        make.line("B", 1, product="Lathe", category="Machine", amount=400, cost=500),
        make.line("B", 2, category="Supply", amount=100),
        won(make, "C", 50, 40, product="Oil"),
    ]


def test_margin_is_read_at_line_grain_where_lines_exist(make):
    by_deal = report(margins.quantiles, make, with_lines(make)).row(0, named=True)
    by_line = report(margins.quantiles, make, with_lines(make), grain="line").row(0, named=True)
    sums = ("won_amount", "known_amount", "unknown_amount", "gross_profit", "margin_rate")
    assert [by_deal[name] for name in sums] == [850, 750, 100, 30, 0.04]
    assert [by_line[name] for name in sums] == [850, 750, 100, 30, 0.04]
    assert (by_deal["count"], by_deal["unknown_count"], by_deal["loss_making"]) == (2, 1, 0)
    assert (by_line["count"], by_line["unknown_count"], by_line["loss_making"]) == (4, 1, 1)


def test_by_product_a_group_holds_lines(make):
    groups = report(margins.by_dimension, make, with_lines(make), by="product")
    columns = ("group", "deals", "lines", "won_amount", "gross_profit", "unknown_count")
    assert groups.select(columns).rows() == [
        ("Lathe", 2, 2, 600, 0, 0),
        ("Oil", 2, 2, 150, 30, 0),
        ("Order", 1, 1, 100, None, 1),  # the line names no product, its deal does
    ]


def test_by_category_deals_without_lines_are_a_group_of_their_own_at_the_end(make):
    groups = report(margins.by_dimension, make, with_lines(make), by="category")
    assert groups.select("group_id", "group", "lines").rows() == [
        ("Machine", "Machine", 2),
        ("Supply", "Supply", 2),
        (None, None, 1),
    ]


def test_by_rep_the_id_keeps_namesakes_apart(make):
    rows = [make.rep("R1", rep="Li"), make.rep("R2", rep="Li")]
    rows += [won(make, "A", 100, 60, rep_id="R1"), won(make, "B", 100, 90, rep_id="R2")]
    groups = report(margins.by_dimension, make, rows, by="rep")
    assert groups.select("group_id", "group", "margin_rate").rows() == [
        ("R1", "Li", 0.4),
        ("R2", "Li", 0.1),
    ]


def test_only_deals_won_in_the_period_count(make):
    rows = [
        won(make, "A", 100, 60),
        make.won("B", "2026-03-31", amount=100, cost=50),
        make.won("C", "2026-04-01", amount=100, cost=0),
        make.lost("D", ON, amount=100, cost=0),
        make.deal("E", amount=100, cost=0),
    ]
    row = report(margins.quantiles, make, rows, since="2026-03-01", until="2026-04-01")
    assert row.select("count", "margin_rate").row(0) == (2, 0.45)


def test_tiers_are_all_there_in_order(make):
    rows = [won(make, "A", 100, 50), won(make, "B", 300, 290), won(make, "C", 100, None)]
    shares = report(authority.tier_shares, make, rows)
    assert shares.rows() == [
        ("rep", 1, 100, 50, 0.5, 0.25, 50 / 60),
        ("manager", 0, 0, 0, 0.0, 0.0, 0.0),
        ("office", 0, 0, 0, 0.0, 0.0, 0.0),
        ("gm", 1, 300, 10, 0.5, 0.75, 10 / 60),
    ]


def test_low_margin_deals_come_worst_first(make):
    rows = [
        won(make, "at", 100, 80),
        won(make, "below", 10_000, 8_001),
        won(make, "loss", 100, 150),
        won(make, "gift", 0, 10),
        won(make, "empty", 0, 0),
        won(make, "unknown", 100, None),
    ]
    low = report(listing.low_margin, make, rows)
    assert low["deal_id"].to_list() == ["gift", "loss", "below", "empty"]
    assert low["margin_rate"].to_list() == [None, -0.5, 0.1999, None]


def test_quantiles_agree_with_duckdb(make):
    costs = [3, 97, 41, 55, 12, 88, 140, 63]
    rows = [won(make, f"D{n}", 100 + n, cost) for n, cost in enumerate(costs)]
    row = report(margins.quantiles, make, rows).row(0, named=True)
    values = ", ".join(
        f"({(100 + n - cost) / (100 + n)!r}::DOUBLE)" for n, cost in enumerate(costs)
    )
    shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    other = duckdb.sql(f"SELECT quantile_cont(v, {shares}) FROM (VALUES {values}) t(v)").fetchall()
    assert [row[f"p{n}_rate"] for n in (5, 25, 50, 75, 95)] == pytest.approx(other[0][0])


def test_the_overview_says_the_same_margin(make):
    rows = with_lines(make)
    asked = {"since": "2026-03-01", "until": "2026-04-01"}
    overview = report(department.overview, make, rows, **asked).row(0, named=True)
    quantiles = report(margins.quantiles, make, rows, **asked).row(0, named=True)
    for name in ("won_amount", "known_amount", "gross_profit", "margin_rate"):
        assert overview[name] == quantiles[name]
    assert overview["unknown_count"] == quantiles["unknown_count"]


@pytest.mark.parametrize(
    "report_", [*margins.REPORTS, *authority.REPORTS], ids=lambda report_: report_.name
)
def test_nothing_won_keeps_the_schema(make, report_):
    result = report_.make(make.build(), make.query())
    empty = require(result, report_.schema).collect()
    assert_frame_equal(empty.clear(), pl.DataFrame(schema=report_.schema))
    counts = [n for n in ("count", "unknown_count") if n in empty.columns]
    assert all(empty[name].sum() == 0 for name in counts)

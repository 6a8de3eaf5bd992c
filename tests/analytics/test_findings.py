import polars as pl
import pytest

from analytics import findings

Q2 = {"since": "2026-04-01", "until": "2026-07-01"}
NOW, BEFORE, YEAR_BEFORE = "2026-04-10", "2026-01-10", "2025-04-10"


def found(make, rows, **asked):
    return findings.findings(make.build(*rows), make.query(**Q2 | asked)).collect()


def won(make, count, on, product, amount=100):
    values = {"opened_on": on, "product": product, "amount": amount}
    return [make.won(f"{product}{on}{n}", on, **values) for n in range(count)]


def quarters(make):
    """Lathes doubled in amount, presses fell to nothing, saws stayed; no records a year before."""
    return [
        *won(make, 40, NOW, "Lathe", 200),
        *won(make, 10, BEFORE, "Lathe"),
        *won(make, 30, BEFORE, "Press"),
        *won(make, 12, NOW, "Saw"),
        *won(make, 12, BEFORE, "Saw"),
    ]


@pytest.fixture(scope="module")
def rows(make):
    return found(make, quarters(make))


def test_the_largest_gain_and_loss_of_each_dimension_are_named(rows):
    rows = rows.filter(pl.col("finding") == "mover")
    assert rows.select("dimension", "group", "change_amount", "verdict").rows() == [
        ("product", "Lathe", 7000, "up"),
        ("product", "Press", -3000, "down"),
    ]  # one rep, nobody's team: no dimension else has two groups


def test_what_lies_beyond_chance_is_counted_beside_what_chance_alone_would_bring(rows):
    tested = rows.filter(pl.col("finding") == "tested").row(0, named=True)
    outside = rows.filter(pl.col("finding") == "outside")
    products = outside.filter(pl.col("dimension") == "product", pl.col("measure") == "won_amount")
    assert products["group"].to_list() == ["Press", "Lathe"]
    assert tested["against"] == "previous"
    assert tested["expected"] == tested["tested"] * 0.05
    assert 0 < tested["outside"] <= tested["tested"]


def test_a_dimension_of_one_group_says_nothing_that_the_total_does_not(rows):
    assert rows["dimension"].drop_nulls().unique().sort().to_list() == ["(all)", "product"]


def test_what_cannot_be_compared_is_said(rows):
    rows = rows.filter(pl.col("finding") == "unknown")
    assert rows.filter(pl.col("against") == "previous")["measure"].to_list() == [
        "gross_profit",
        "margin_rate",
        "visits",
    ]
    assert rows.filter(pl.col("against") == "last_year").height == 6


def test_findings_are_numbered_and_the_clearest_come_first(make):
    wide = [*quarters(make), *won(make, 200, NOW, "Drill"), *won(make, 60, BEFORE, "Drill")]
    rows = found(make, wide)
    assert rows["position"].to_list() == list(range(1, rows.height + 1))
    kinds = rows["finding"].unique(maintain_order=True).to_list()
    assert kinds == [kind for kind in findings.FINDING if kind in kinds]
    new = rows.filter(pl.col("finding") == "outside", pl.col("measure") == "new_deals")
    assert new["group"].to_list()[0] == "Drill"
    assert new.height == findings.MOST


def test_of_a_department_without_records_everything_is_unknown(make):
    assert found(make, [])["finding"].unique().to_list() == ["unknown"]


def test_filters_choose_what_is_compared(make):
    rows = found(make, quarters(make), product="Saw")
    total = rows.filter(pl.col("measure") == "won_amount").row(0, named=True)
    assert (total["now_amount"], total["then_amount"], total["verdict"]) == (1200, 1200, "chance")

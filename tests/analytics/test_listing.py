import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import listing
from analytics.schemas import require

MAY = {"since": "2026-05-01", "until": "2026-06-01"}


def rows_of(function, make, *rows, **asked):
    return function(make.build(*rows), make.query(**(MAY | asked))).collect()


def test_deals_opened_or_closed_in_the_period_and_all_open_ones(make):
    rows = [
        make.deal("still open", opened_on="2026-01-01"),
        make.won("closed", "2026-05-20", opened_on="2026-01-01"),
        make.lost("opened", "2026-06-20", opened_on="2026-05-31"),
        make.won("before", "2026-04-30", opened_on="2026-01-01"),
        make.won("after", "2026-06-01", opened_on="2026-01-01"),
        make.won("order", "2026-05-01", opened_on=None),
    ]
    listed = rows_of(listing.deals, make, *rows)
    assert listed["deal_id"].to_list() == ["opened", "closed", "order", "still open"]


def test_a_deal_closed_after_as_of_is_listed_as_open(make):
    rows = [
        make.won("D1", "2026-05-20", opened_on="2026-01-01"),
        make.event("D1", 1, "lead", "2026-01-01"),
        make.event("D1", 2, "won", "2026-05-20"),
    ]
    listed = rows_of(listing.deals, make, *rows, as_of="2026-05-10")
    assert listed.select("status", "stage", "closed_on").row(0) == ("open", "lead", None)


def test_margin_and_tier_of_a_deal_are_null_while_its_cost_is_unknown(make):
    rows = [make.deal("A", amount=100, cost=50), make.deal("B", amount=100)]
    listed = rows_of(listing.deals, make, *rows).sort("deal_id")
    columns = ("gross_profit", "margin_rate", "tier")
    assert listed.select(columns).rows() == [(50, 0.5, "rep"), (None, None, None)]


def test_margin_rows_are_deals_or_lines_worst_first_unknown_last(make):
    rows = [
        make.won("A", "2026-05-02", amount=300, cost=None, product="Order"),
        make.line("A", 1, product="Lathe", category="Machine", amount=200, cost=190),
        make.line("A", 2, category="Supply", amount=100),
        make.won("B", "2026-05-02", amount=100, cost=120, product="Press"),
    ]
    columns = ("deal_id", "line", "product", "category", "bin_percent", "tier")
    assert rows_of(listing.margin_rows, make, *rows).select(columns).rows() == [
        ("B", None, "Press", None, -20, "gm"),
        ("A", None, "Order", None, None, None),
    ]
    assert rows_of(listing.margin_rows, make, *rows, grain="line").select(columns).rows() == [
        ("B", None, "Press", None, -20, "gm"),
        ("A", 1, "Lathe", "Machine", 5, "gm"),
        ("A", 2, "Order", "Supply", None, None),
    ]


def test_visits_are_newest_first_without_tasks(make):
    rows = [
        make.customer("C1", customer="Hengyuan"),
        make.deal("D1", deal="Plant 2", customer_id="C1"),
        make.visit("V1", "2026-05-02", deal_id="D1"),
        make.visit("V2", "2026-05-31"),
        make.visit("V3", "2026-06-01"),
        make.visit("V4", "2026-05-03", kind="email", is_visit=False),
    ]
    listed = rows_of(listing.visits, make, *rows)
    assert listed.select("visit_id", "customer", "deal").rows() == [
        ("V2", None, None),
        ("V1", "Hengyuan", "Plant 2"),
    ]


@pytest.mark.parametrize("report", listing.REPORTS, ids=lambda r: r.name)
def test_nothing_recorded_keeps_the_schema(make, report):
    lazy = report.make(make.build(), make.query())
    assert_frame_equal(require(lazy, report.schema).collect(), pl.DataFrame(schema=report.schema))


@pytest.mark.parametrize("report", [listing.deals, listing.cohort])
def test_a_deal_has_both_names_of_its_stage(make, report):
    rows = [make.deal("D1", stage="quote"), make.deal("D2", stage=None)]
    listed = report(make.build(*rows), make.query()).collect().sort("deal_id")
    assert listed.select("stage", "stage_zh", "stage_en").rows() == [
        ("quote", "quote 中", "Quote"),
        (None, None, None),
    ]

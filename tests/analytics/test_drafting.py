import polars as pl
import pytest

from analytics import drafting

WEEK = {"since": "2026-06-15", "until": "2026-06-22", "as_of": "2026-06-21"}


@pytest.fixture
def week(make):
    def run(*rows, **asked):
        frames = make.build(*rows)
        return drafting.week(frames, make.query(**(WEEK | asked))).collect().row(0, named=True)

    return run


@pytest.fixture
def deals(make):
    def run(*rows, **asked):
        frames = make.build(*rows)
        return drafting.week_deals(frames, make.query(**(WEEK | asked))).collect()

    return run


def test_a_week_counts_visits_and_each_customer_once(week, make):
    row = week(
        make.visit("V1", "2026-06-15", customer_id="C1"),
        make.visit("V2", "2026-06-21", customer_id="C1"),
        make.visit("V3", "2026-06-22", customer_id="C2"),
        make.visit("V4", "2026-06-16", kind="email", is_visit=False, customer_id="C3"),
    )
    assert (row["visits"], row["customers_visited"]) == (2, 1)


def test_a_week_counts_what_was_opened_won_and_lost_in_it(week, make):
    row = week(
        make.deal("D1", opened_on="2026-06-18", amount=70_000),
        make.won("D2", "2026-06-15", amount=500_000),
        make.won("D3", "2026-06-14", amount=900_000),
        make.lost("D4", "2026-06-21", amount=None),
    )
    assert row["new_deals"] == 1
    assert (row["won"], row["won_amount"]) == (1, 500_000)
    assert (row["lost"], row["lost_amount"]) == (1, 0)
    assert row["open_amount"] == 70_000


def test_a_deal_advanced_when_it_stands_elsewhere_than_before_the_week(week, deals, make):
    rows = (
        make.deal("D1", stage="quote"),
        make.event("D1", 1, "visit", "2026-06-01"),
        make.event("D1", 2, "quote", "2026-06-17"),
        make.deal("D2", stage="visit"),
        make.event("D2", 1, "visit", "2026-06-01"),
        make.event("D2", 2, "quote", "2026-06-16"),
        make.event("D2", 3, "visit", "2026-06-17"),
    )
    assert week(*rows)["advanced"] == 1
    assert deals(*rows).select("deal_id", "stage_before", "stage").rows() == [
        ("D1", "visit", "quote")
    ]


def test_a_deal_closed_earlier_and_visited_again_is_not_closed_in_the_week(deals, make):
    told = deals(
        make.won("D1", "2026-05-02"),
        make.visit("V1", "2026-06-16", deal_id="D1"),
        make.won("D2", "2026-06-16"),
    )
    assert dict(told.select("deal_id", "is_closed").rows()) == {"D1": False, "D2": True}


def test_a_week_is_of_the_rep_asked_for(week, make):
    rows = (make.visit("V1", "2026-06-16"), make.visit("V2", "2026-06-16", rep_id="R2"))
    assert week(*rows, rep="R2")["visits"] == 1


def test_a_week_of_nothing_is_all_zeros(week):
    assert set(week().values()) == {0}


def test_a_report_speaks_of_deals_touched_or_due(deals, make):
    rows = deals(
        make.deal("untouched", expected_on="2026-07-30"),
        make.deal("due", expected_on="2026-06-21"),
        make.deal("new", opened_on="2026-06-19"),
        make.deal("visited"),
        make.visit("V1", "2026-06-16", deal_id="visited"),
        make.visit("V2", "2026-06-18", deal_id="visited"),
        make.won("won", "2026-06-17"),
        make.lost("lost", "2026-06-17"),
        make.won("won before", "2026-06-10", expected_on="2026-06-18"),
    )
    assert rows["deal_id"].to_list() == ["won", "lost", "new", "visited", "due"]
    visited = rows.row(by_predicate=pl.col("deal_id") == "visited", named=True)
    assert (visited["visits"], str(visited["visited_on"])) == (2, "2026-06-18")
    assert rows.filter("is_new")["deal_id"].to_list() == ["new"]
    assert rows.filter("is_due")["deal_id"].to_list() == ["due"]


def test_larger_deals_come_first_and_unknown_amounts_last(deals, make):
    rows = deals(
        make.deal("small", opened_on="2026-06-16", amount=1),
        make.deal("unknown", opened_on="2026-06-16", amount=None),
        make.deal("large", opened_on="2026-06-16", amount=9),
    )
    assert rows["deal_id"].to_list() == ["large", "small", "unknown"]


def test_what_happened_after_the_day_of_knowledge_is_not_told(week, deals, make):
    rows = (
        make.won("D1", "2026-06-19"),
        make.event("D1", 1, "quote", "2026-06-01"),
        make.event("D1", 2, "won", "2026-06-19"),
        make.visit("V1", "2026-06-19", deal_id="D1"),
    )
    assert week(*rows, as_of="2026-06-17")["won"] == 0
    assert deals(*rows, as_of="2026-06-17").is_empty()


@pytest.mark.parametrize("name", ["week", "week_deals"])
def test_schemas_hold_for_no_rows(name, make):
    made = getattr(drafting, name)(make.build(), make.query(**WEEK)).collect()
    assert made.schema == {"week": drafting.WEEK, "week_deals": drafting.WEEK_DEALS}[name]


def test_the_summary_and_the_lines_agree(week, deals, make):
    rows = (
        make.deal("new", opened_on="2026-06-19"),
        make.won("won", "2026-06-17", amount=5),
        make.lost("lost", "2026-06-17"),
        make.deal("moved", stage="quote"),
        make.event("moved", 1, "lead", "2026-06-01"),
        make.event("moved", 2, "quote", "2026-06-18"),
    )
    counted, lines = week(*rows), deals(*rows)
    assert lines["is_new"].sum() == counted["new_deals"]
    assert (lines["status"] == "won").sum() == counted["won"]
    assert (lines["status"] == "lost").sum() == counted["lost"]
    moved = lines.filter((pl.col("status") == "open") & (pl.col("stage") != pl.col("stage_before")))
    assert moved.height == counted["advanced"] == 1

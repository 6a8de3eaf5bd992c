import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import visits
from analytics.schemas import require


def by(make, dimension, *rows, **asked):
    query = make.query(since="2026-02-01", until="2026-03-01", by=dimension, **asked)
    return visits.by_dimension(make.build(*rows), query).collect()


def some(make):
    return [
        make.customer("C1", region="Anhui"),
        make.customer("C2"),
        make.visit("V1", "2026-02-02", customer_id="C1", minutes=30),
        make.visit("V2", "2026-02-02", customer_id="C1", minutes=50, kind="demo"),
        make.visit("V3", "2026-02-03", customer_id="C2", rep_id="R2"),
        make.visit("V4", "2026-02-03", customer_id="C1", kind="task", is_visit=False, minutes=9),
        make.visit("V5", "2026-03-01", customer_id="C1", minutes=30),
        make.won("D1", "2026-02-20", customer_id="C1"),
        make.won("D2", "2026-02-21", rep_id="R3"),
        make.won("D3", "2026-03-01"),
    ]


COLUMNS = ("group", "visits", "customers_visited", "minutes", "days_active", "other_activities")


def test_visits_by_rep(make):
    groups = by(make, "rep", *some(make))
    assert groups.select(COLUMNS).rows() == [
        ("R1", 2, 1, 80, 1, 1),
        ("R2", 1, 1, None, 1, 0),
        ("R3", 0, 0, None, 0, 0),
    ]
    assert groups["won"].to_list() == [1, 0, 1]


def test_visits_per_won_deal_need_both(make):
    """None won, or none recorded, is unknown: winning without records is no efficiency."""
    assert by(make, "rep", *some(make))["visits_per_won"].to_list() == [2, None, None]


def test_a_department_that_recorded_no_visits_so_far_has_an_unknown_number(make):
    rows = [make.won("D1", "2026-02-20"), make.visit("V1", "2026-03-01")]
    early = by(make, "rep", *rows, as_of="2026-02-28")
    assert early.select(COLUMNS).rows() == [("R1", None, None, None, None, None)]
    assert by(make, "rep", *rows, as_of="2026-03-01")["visits"].to_list() == [0]


def test_tasks_are_counted_where_no_visit_is_recorded(make):
    task = make.visit("V1", "2026-02-03", kind="task", is_visit=False)
    groups = by(make, "rep", task, make.won("D1", "2026-02-20", rep_id="R2"))
    assert groups["visits"].to_list() == [None, None]
    assert groups["other_activities"].to_list() == [1, 0]


def test_by_kind_the_shares_of_a_won_deal_add_up(make):
    groups = by(make, "kind", *some(make))
    assert groups.select("group", "visits", "other_activities", "visits_per_won").rows() == [
        ("demo", 1, 0, 0.5),
        ("task", 0, 1, None),
        ("visit", 2, 0, 1.0),
    ]


def test_the_group_without_a_value_is_last_and_meets_its_own_deals(make):
    groups = by(make, "region", *some(make))
    assert groups.select("group_id", "visits", "won").rows() == [("Anhui", 2, 1), (None, 1, 1)]


def test_active_days_are_each_reps_own(make):
    rows = [
        make.visit("V1", "2026-02-02", rep_id="R1"),
        make.visit("V2", "2026-02-02", rep_id="R2"),
        make.visit("V3", "2026-02-02", rep_id="R2"),
    ]
    assert by(make, "team", *rows)["days_active"].to_list() == [2]


def test_a_visit_counts_for_the_team_of_its_day(make):
    rows = [
        make.member("R1", "North", until_on="2026-02-10"),
        make.member("R1", "South", "2026-02-10"),
        make.visit("V1", "2026-02-09"),
        make.visit("V2", "2026-02-10"),
    ]
    groups = by(make, "team", *rows)
    assert groups.select("group", "visits").rows() == [("North", 1), ("South", 1)]


@pytest.mark.parametrize("dimension", ["rep", "kind"])
def test_nothing_recorded_keeps_the_schema(make, dimension):
    lazy = visits.by_dimension(make.build(), make.query(by=dimension))
    assert_frame_equal(
        require(lazy, visits.VISITS_BY).collect(), pl.DataFrame(schema=visits.VISITS_BY)
    )


def test_visits_are_counted_by_weekday_and_hour_and_an_unknown_hour_stays_unknown(make):
    rows = [
        make.visit("V1", "2026-02-02", hour=9),
        make.visit("V2", "2026-02-09", hour=9),
        make.visit("V3", "2026-02-09", hour=None),
        make.visit("V4", "2026-02-03", hour=0),
        make.visit("V5", "2026-02-03", hour=9, kind="task", is_visit=False),
        make.visit("V6", "2026-03-02", hour=9),
    ]
    query = make.query(since="2026-02-01", until="2026-03-01")
    found = visits.hours(make.build(*rows), query).collect()
    assert found.rows() == [(1, 9, 2, 0.5), (1, None, 1, 0.25), (2, 0, 1, 0.25)]

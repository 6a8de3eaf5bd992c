import pytest

from analytics import coverage

PERIOD = {"since": "2026-02-01", "until": "2026-03-01"}


def by(make, dimension, *rows, **asked):
    query = make.query(by=dimension, **(PERIOD | asked))
    return coverage.by_dimension(make.build(*rows), query).collect()


def some(make):
    return [
        make.customer("C1", industry="Auto", created_on="2025-01-01", owner_rep_id="R1"),
        make.customer("C2", industry="Auto", created_on="2025-01-01", tracking="abandoned"),
        make.customer("C3", created_on="2026-03-01", owner_rep_id="R1"),
        make.customer("C4"),
        make.visit("V1", "2026-02-02", customer_id="C1", rep_id="R2"),
        make.visit("V2", "2026-02-03", customer_id="C1", rep_id="R2"),
        make.visit("V3", "2026-02-03", customer_id="C2", is_visit=False, kind="email"),
        make.visit("V4", "2026-03-03", customer_id="C2", rep_id="R2"),
    ]


def test_a_customer_visited_often_counts_once_and_one_not_on_record_yet_not_at_all(make):
    assert by(make, "industry", *some(make)).drop("group_id").rows() == [
        ("Auto", 2, 1, 0.5, 2, 1.0),
        (None, 1, 0, 0.0, 0, 0.0),
    ]


def test_customers_grow_with_the_period(make):
    groups = by(make, "tracking", *some(make), until="2026-04-01")
    assert groups.select("group", "customers", "customers_visited").rows() == [
        ("abandoned", 1, 1),
        ("trackable", 3, 1),
    ]


def test_whoever_was_visited_was_on_record(make):
    rows = [make.customer("C1", created_on="2026-05-01"), make.visit("V1", customer_id="C1")]
    assert by(make, "industry", *rows)["coverage_rate"].to_list() == [1.0]


def test_a_visit_to_the_deals_customer_covers_that_customer(make):
    rows = [make.customer("C1"), make.deal("D1", customer_id="C1"), make.visit("V1", deal_id="D1")]
    assert by(make, "industry", *rows)["customers_visited"].to_list() == [1]


def test_a_rep_answers_for_own_customers_whoever_visits_them(make):
    groups = by(make, "rep", *some(make), rep=("R1",))
    assert groups.select("group", "customers", "customers_visited").rows() == [("R1", 1, 1)]


def test_where_no_visits_are_kept_coverage_is_unknown_not_zero(make):
    task = make.visit("V1", "2026-02-03", customer_id="C1", is_visit=False, kind="task")
    groups = by(make, "industry", make.customer("C1"), task)
    assert groups.drop("group", "group_id").rows() == [(1, None, None, None, None)]


@pytest.mark.parametrize("dimension", coverage.GROUPS)
def test_groups_and_rows_add_up(make, rows, dimension):
    query = make.query(since="2025-07-01", until="2026-04-01", by=dimension)
    frames = make.build(*rows)
    groups = coverage.by_dimension(frames, query).collect()
    found = coverage.coverage_rows(frames, query).collect()
    assert groups["customers"].sum() == found.height
    assert groups["customers_visited"].sum() == (found["visits"] > 0).sum()
    assert groups["visits"].sum() == found["visits"].sum()
    assert found["visits"].to_list() == sorted(found["visits"], key=bool)

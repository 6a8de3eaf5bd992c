from datetime import date

import pytest
from polars.testing import assert_frame_equal

from analytics import targets
from analytics.query import UNKNOWN
from analytics.schemas import require

YEAR = {"since": "2026-01-01", "until": "2027-01-01"}


def attainment(make, rows, **asked):
    return targets.attainment(make.build(*rows), make.query(**asked)).collect()


def figures(frame):
    return frame.select("group", "won_amount", "target_amount", "attainment_rate").rows()


def two_teams(make):
    """North has its own target in February; its rep R1 has one in both months."""
    return [
        make.rep("R1", team="North"),
        make.rep("R2", team="South"),
        make.won("D1", "2026-01-10", rep_id="R1", amount=50),
        make.won("D2", "2026-02-10", rep_id="R1", amount=30),
        make.won("D3", "2026-02-10", rep_id="R2", amount=40),
        make.lost("D4", "2026-02-10", rep_id="R2", amount=999),
        make.target("R1", "2026-01-01", 100),
        make.target("R1", "2026-02-01", 100),
        make.target("R2", "2026-02-01", 80),
        make.target("North", "2026-02-01", 60, subject_kind="team"),
    ]


def test_a_team_counts_by_its_own_target_or_by_its_reps_never_both(make):
    assert figures(attainment(make, two_teams(make), by="team", **YEAR)) == [
        ("North", 80, 160, 0.5),  # January by its rep, February by the team's own
        ("South", 40, 80, 0.5),
    ]


def test_by_rep_every_own_target_counts(make):
    assert figures(attainment(make, two_teams(make), by="rep", **YEAR)) == [
        ("R1", 80, 200, 0.4),
        ("R2", 40, 80, 0.5),
    ]


def test_by_month_adds_up_to_the_department(make):
    months = attainment(make, two_teams(make), by="month", **YEAR)
    assert figures(months) == [("2026-01", 50, 100, 0.5), ("2026-02", 70, 140, 0.5)]
    assert months["month"].to_list() == [date(2026, 1, 1), date(2026, 2, 1)]


def test_wins_without_a_target_are_left_out(make):
    rows = [
        make.won("D1", "2026-01-10", amount=50),
        make.won("D2", "2026-02-10", amount=50),
        make.won("D3", "2026-01-10", rep_id="R2", amount=50),
        make.target("R1", "2026-01-01", 100),
    ]
    assert figures(attainment(make, rows, **YEAR)) == [("R1", 50, 100, 0.5)]


def test_a_month_counts_if_it_begins_in_the_period(make):
    rows = [
        make.won("D1", "2026-03-20", amount=10),
        make.won("D2", "2026-04-10", amount=20),
        make.won("D3", "2026-04-25", amount=40),
        *(make.target("R1", f"2026-{month}-01", 100) for month in ("03", "04", "05")),
    ]
    cut = attainment(make, rows, since="2026-03-10", until="2026-04-20")
    assert figures(cut) == [("R1", 20, 100, 0.2)]


def test_an_open_period_ends_with_the_months_begun(make):
    rows = [make.target("R1", f"2026-{month}-01", 100) for month in ("05", "06", "07")]
    assert figures(attainment(make, rows)) == [("R1", 0, 200, 0.0)]
    assert figures(attainment(make, rows, until="2026-08-01")) == [("R1", 0, 300, 0.0)]


def test_a_filter_by_team_chooses_the_same_units_as_the_group(make):
    north = attainment(make, two_teams(make), by="month", team="North", **YEAR)
    assert figures(north) == [("2026-01", 50, 100, 0.5), ("2026-02", 30, 60, 0.5)]
    assert attainment(make, two_teams(make), by="month", team=UNKNOWN, **YEAR).is_empty()


def test_a_filter_by_rep_asks_for_the_reps_own_target(make):
    own = attainment(make, two_teams(make), by="month", rep="R1", **YEAR)
    assert figures(own) == [("2026-01", 50, 100, 0.5), ("2026-02", 30, 100, 0.3)]


@pytest.mark.parametrize("name", ["region", "industry", "product", "size", "source"])
def test_targets_are_not_split_by_other_filters(make, name):
    assert targets.not_split_by(make.query(team="North", **{name: "any"})) == (name,)
    assert attainment(make, two_teams(make), **{name: "any"}, **YEAR).is_empty()
    assert attainment(make, two_teams(make), by=name, **YEAR).is_empty()


def test_a_rep_who_changed_team_brings_the_target_to_the_team_of_the_first_day(make):
    rows = [
        make.rep("R1", team="South"),
        make.member("R1", "North", "2020-01-01", "2026-02-15"),
        make.member("R1", "South", "2026-02-15"),
        make.won("D1", "2026-02-20", amount=50),
        make.target("R1", "2026-02-01", 100),
    ]
    assert figures(attainment(make, rows, by="team", **YEAR)) == [("North", 50, 100, 0.5)]


def test_a_rep_who_left_still_owes_the_target(make):
    rows = [
        make.rep("R1", team="North", status="left", left_on="2026-01-20"),
        make.member("R1", "North", "2020-01-01", "2026-01-20"),
        make.target("R1", "2026-02-01", 100),
    ]
    assert figures(attainment(make, rows, by="team", **YEAR)) == [("North", 0, 100, 0.0)]


def test_a_target_of_nothing_has_no_rate(make):
    rows = [make.won("D1", "2026-01-10", amount=50), make.target("R1", "2026-01-01", 0)]
    assert figures(attainment(make, rows, **YEAR)) == [("R1", 50, 0, None)]


def test_no_targets_keep_the_schema(make):
    made = targets.attainment(make.build(make.deal("D1")), make.query())
    assert require(made, targets.ATTAINMENT).collect().is_empty()


def test_teams_and_months_add_up_alike(make, rows):
    sums = ("won_amount", "target_amount")
    teams, months = (
        attainment(make, rows, by=by, **YEAR).select(sums).sum() for by in ("team", "month")
    )
    assert_frame_equal(teams, months)


def test_a_lost_deal_never_moves_attainment(make, rows):
    more = [make.lost(f"L{n}", "2026-02-01", rep_id=f"R{n}") for n in range(1, 5)]
    for by in ("rep", "team"):
        before = attainment(make, rows, by=by, **YEAR)
        assert_frame_equal(attainment(make, [*rows, *more], by=by, **YEAR), before)


def test_neither_row_order_nor_later_records_matter(make, rows):
    asked = {"as_of": "2026-03-31", "by": "team", **YEAR}
    result = attainment(make, rows, **asked)
    assert_frame_equal(attainment(make, rows[::-1], **asked), result)
    known = make.known_at(rows, date(2026, 3, 31))
    assert_frame_equal(attainment(make, known, **asked), result)

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import department, reps, rollups, targets

ADDED = ("won", "lost", "closed", "decided", "decided_won", "won_amount", "visits")
MONTH = {"since": "2026-06-01", "until": "2026-07-01"}


def ranking(make, *rows, **asked):
    return rollups.ranking(make.build(*rows), make.query(**({"by": "team"} | asked))).collect()


def members(make, *rows, **asked):
    return rollups.members(make.build(*rows), make.query(**({"by": "team"} | asked))).collect()


def sums(frame, names=ADDED):
    return frame.select(pl.col(names).sum()).row(0, named=True)


@pytest.mark.parametrize(
    ("seed", "asked"),
    [
        (0, {"by": "team", "since": "2025-06-01", "until": "2026-03-15"}),
        (1, {"by": "manager", "since": "2025-06-01", "until": "2026-03-15"}),
        (2, {"by": "team"}),
        (3, {"by": "manager"}),
    ],
)
def test_parts_add_up_to_groups_and_groups_to_the_department(make, seed, asked):
    query = make.query(**asked)
    frames = make.build(*make.random_rows(seed))
    groups = rollups.ranking(frames, query).collect()
    parts = rollups.members(frames, query).collect()
    whole = department.overview(frames, query).collect().row(0, named=True)
    added = sums(groups)
    known = [name for name in ADDED if whole.get(name) is not None]  # visits may be unknown
    assert added == sums(parts)
    assert {n: added[n] for n in known} == {n: whole[n] for n in known}
    profits = groups["gross_profit"].drop_nulls().sum()
    assert profits == parts["gross_profit"].drop_nulls().sum() == (whole["gross_profit"] or 0)
    decided = groups.filter(pl.col("decided") > 0)
    rates = (decided["decided_won"] / decided["decided"]).to_list()
    assert decided["win_rate"].to_list() == pytest.approx(rates)
    of_groups = parts.group_by("group").agg(pl.col(ADDED).sum(), reps=pl.len().cast(pl.Int64))
    assert_frame_equal(
        groups.select("group", *ADDED, "reps").with_columns(pl.col("visits").fill_null(0)),
        of_groups.select("group", *ADDED, "reps"),
        check_row_order=False,
    )


def test_what_a_rep_did_in_all_groups_is_what_the_rep_did(make):
    query = make.query(by="team")
    frames = make.build(*make.random_rows(4))
    parts = rollups.members(frames, query).collect()
    people = reps.ranking(frames, query).collect()
    assert_frame_equal(
        parts.group_by("rep_id").agg(pl.col(ADDED).sum()),
        people.select("rep_id", *ADDED).with_columns(pl.col("visits").fill_null(0)),
        check_row_order=False,
    )


def moved(make):
    """R1 sold one deal in each team; R2 left the South in May, R3 sells nothing there."""
    return [
        make.rep("M1", rep="Ma", role="manager"),
        make.rep("M2", rep="Mi", role="manager"),
        make.member("R1", "North", until_on="2026-06-15", manager_id="M1"),
        make.member("R1", "South", "2026-06-15", manager_id="M2"),
        make.won("D1", "2026-06-10", amount=1_000),
        make.won("D2", "2026-06-20", amount=3_000),
        make.rep("R2", status="left", left_on="2026-06-05", team="South", manager_id="M2"),
        make.won("D3", "2026-06-04", rep_id="R2", amount=500),
        make.rep("R3", team="South", manager_id="M2"),
    ]


@pytest.mark.parametrize(("by", "groups"), [("team", "North South"), ("manager", "Ma Mi")])
def test_a_deal_stays_with_the_team_it_was_won_for(make, by, groups):
    first, second = groups.split()
    shown = ranking(make, *moved(make), by=by, **MONTH)
    assert shown.select("rank", "group", "reps", "won_amount").rows() == [
        (1, second, 3, 3_500),
        (2, first, 1, 1_000),
    ]
    parts = members(make, *moved(make), by=by, **MONTH)
    assert parts.select("group", "rep_id", "is_member", "won_amount").rows() == [
        (first, "R1", False, 1_000),
        (second, "R1", True, 3_000),
        (second, "R2", True, 500),
        (second, "R3", True, 0),
    ]


def test_a_member_who_did_nothing_has_zeros_and_no_rates(make):
    row = members(make, make.rep("R2", team="North"), make.visit("V1", "2026-06-02"), **MONTH)[0]
    assert row.select("rep_id", "won", "won_amount", "visits", "win_rate").rows() == [
        ("R2", 0, 0, 0, None)
    ]


def test_people_in_no_team_are_a_group_of_their_own(make):
    rows = [make.rep("R2", team="North"), make.won("D1", "2026-06-04")]
    shown = ranking(make, *rows, **MONTH)
    assert shown.select("group", "reps", "won").rows() == [(None, 1, 1), ("North", 1, 0)]


def test_filters_choose_groups_and_leave_their_figures(make):
    frames, query = make.build(*make.random_rows(3)), make.query(by="team")
    whole = rollups.ranking(frames, query).collect()
    south = rollups.ranking(frames, replace(query, team=("South",))).collect()
    assert_frame_equal(south, whole.filter(pl.col("group") == "South"))
    of_r1 = rollups.ranking(frames, replace(query, rep=("R1",))).collect()
    assert set(of_r1["group"]) <= {"North", "South"}
    assert_frame_equal(of_r1, whole.filter(pl.col("group").is_in(of_r1["group"].implode())))


def test_a_teams_own_target_counts_once_and_else_its_reps(make):
    rows = [
        make.rep("R1", team="North"),
        make.rep("R2", team="South"),
        make.won("D1", "2026-06-04", amount=200),
        make.won("D2", "2026-06-04", rep_id="R2", amount=300),
        make.target("R1", "2026-06-01", 400),
        make.target("R2", "2026-06-01", 600),
        make.target("North", "2026-06-01", 1_000, subject_kind="team"),
    ]
    shown = ranking(make, *rows, **MONTH).sort("group")
    assert shown.select("group", "target_amount", "attainment_rate").rows() == [
        ("North", 1_000, 0.2),
        ("South", 600, 0.5),
    ]


def test_attainment_equals_its_own_report(make):
    frames, query = make.build(*make.random_rows(1)), make.query(by="team", since="2026-01-01")
    groups = rollups.ranking(frames, query).collect().drop_nulls("target_amount")
    known = targets.attainment(frames, query).collect()
    names = ["group", "target_amount", "attainment_rate"]
    assert_frame_equal(groups.select(names), known.select(names), check_row_order=False)


def test_nobody_keeps_the_schema(make):
    assert ranking(make).schema == rollups.TEAM_RANKING
    assert members(make).schema == rollups.TEAM_MEMBERS

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import conversion, win_curves
from analytics.win_curves import ALL, OTHERS, WHOLE


def read(make, rows, at=30, **asked):
    """The readings at one day."""
    found = win_curves.win_by_day(make.build(*rows), make.query(**asked)).collect()
    return found.filter(pl.col("days") == at).drop("days")


def curve(make, rows, **asked):
    return win_curves.win_curves(make.build(*rows), make.query(**asked)).collect()


def outcomes(make, *fates, prefix="D", **values):
    """Deals opened on 1 January: a fate is ("won", day of January), ("lost", ...) or None."""
    made = []
    for number, fate in enumerate(fates):
        name = f"{prefix}{number}"
        if fate is None:
            made.append(make.deal(name, opened_on="2026-01-01", **values))
            continue
        end = make.won if fate[0] == "won" else make.lost
        made.append(end(name, f"2026-01-{fate[1]:02}", opened_on="2026-01-01", **values))
    return made


def test_the_share_won_is_of_all_deals_lost_and_open_ones_included(make):
    rows = outcomes(make, *[("won", 11)] * 3, *[("lost", 21)] * 5, *[None] * 12)
    row = read(make, rows, by=WHOLE).row(0, named=True)
    assert (row["group_id"], row["group"], row["deals"], row["open"]) == (ALL, ALL, 20, 12)
    assert (row["at_risk"], row["won"], row["lost"]) == (12, 3, 5)
    assert (row["won_by_rate"], row["lost_by_rate"]) == pytest.approx((0.15, 0.25))
    assert row["certainty"] == "indicative"


def test_a_curve_has_a_row_where_a_deal_ends_and_at_the_readings_as_far_as_known(make):
    rows = outcomes(make, ("won", 1), ("won", 6), ("lost", 9), *[None] * 17)
    shown = curve(make, rows, by=WHOLE).select("days", "at_risk", "won", "lost", "won_by_rate")
    assert shown.rows() == [
        (0, 20, 1, 0, pytest.approx(0.05)),
        (5, 19, 2, 0, pytest.approx(0.1)),
        (8, 18, 2, 1, pytest.approx(0.1)),
        *((day, 17, 2, 1, pytest.approx(0.1)) for day in (30, 60, 90)),
        (180, 17, 2, 1, pytest.approx(0.1)),  # 30 June: as far as any was followed
    ]


def test_a_curve_ends_where_fewer_than_ten_were_followed(make):
    rows = outcomes(make, *[("won", 6)] * 5, *[None] * 9)
    rows += [make.deal(f"N{n}", opened_on="2026-06-10") for n in range(6)]
    assert curve(make, rows, by=WHOLE)["days"].to_list() == [0, 5, 20]
    assert read(make, rows, by=WHOLE)["certainty"].item() == "young"
    assert read(make, rows, by=WHOLE).select("won_by_rate", "lost_by_rate").row(0) == (None, None)


def test_a_group_too_small_to_be_known_is_still_named(make):
    rows = outcomes(make, ("won", 6), None, None)
    shown = curve(make, rows, by=WHOLE)
    assert shown.select("days", "deals", "won_by_rate", "certainty").rows() == [(0, 3, None, "few")]


def test_the_cohort_is_opened_in_the_period_and_seen_up_to_the_day(make):
    rows = outcomes(make, *[("won", 11)] * 10, *[("lost", 29)] * 10)
    rows += [make.won("order", "2026-01-05", opened_on=None)]
    rows += [make.won("before", "2026-01-05", opened_on="2025-12-31")]
    asked = {"since": "2026-01-01", "until": "2026-01-02", "by": WHOLE}
    assert read(make, rows, **asked)["won_by_rate"].item() == pytest.approx(0.5)
    early = read(make, rows, at=60, as_of="2026-01-20", **asked).row(0, named=True)
    assert (early["won"], early["lost"], early["open"]) == (10, 0, 10)
    assert early["certainty"] == "young"


def test_days_are_counted_from_opening_to_closing_or_to_the_day_of_knowledge(make):
    rows = [*outcomes(make, ("won", 11), ("lost", 1)), make.deal("D9", opened_on="2026-06-29")]
    found = win_curves.durations(make.build(*rows), make.query(by=WHOLE)).collect()
    assert sorted(found["days"]) == [0, 1, 10]


def test_beyond_eight_groups_the_smallest_are_others_and_nothing_is_lost(make):
    rows = []
    for number in range(12):
        fates = [("won", 11)] * (2 + number) + [("lost", 21)] * 9
        rows += outcomes(make, *fates, prefix=f"P{number}-", product=f"P{number:02}")
    shown = read(make, rows, by="product")
    largest = [f"P{number:02}" for number in range(4, 12)]
    assert shown["group"].to_list() == [*largest, OTHERS]
    assert shown.row(-1, named=True)["deals"] == 4 * 9 + 2 + 3 + 4 + 5
    whole = read(make, rows, by=WHOLE)
    assert shown.select("deals", "won", "lost").sum().row(0) == whole.select(
        "deals", "won", "lost"
    ).row(0)
    assert curve(make, rows, by="product")["group"].unique(maintain_order=True).to_list() == [
        *largest,
        OTHERS,
    ]


def test_the_unknown_group_keeps_its_place_and_stands_before_the_others(make):
    rows = outcomes(make, *[("won", 11)] * 9, *[("lost", 11)] * 9, product=None)
    for number in range(9):
        rows += outcomes(make, ("won", 5), prefix=f"P{number}-", product=f"P{number}")
    assert read(make, rows, by="product")["group"].to_list()[-2:] == [None, OTHERS]


def test_two_reps_of_one_name_are_two_curves(make):
    rows = [make.rep("R1", rep="Li"), make.rep("R2", rep="Li")]
    rows += outcomes(make, ("won", 5), prefix="A", rep_id="R1")
    rows += outcomes(make, ("lost", 5), prefix="B", rep_id="R2")
    shown = read(make, rows, by="rep").select("group_id", "group", "won_by_rate")
    assert shown.rows() == [("R1", "Li", 1.0), ("R2", "Li", 0.0)]


BY = ("industry", WHOLE)


@pytest.mark.parametrize("entry", win_curves.REPORTS, ids=lambda r: r.name)
@pytest.mark.parametrize("by", BY)
def test_neither_row_order_nor_later_records_matter(make, rows, entry, by):
    query = make.query(as_of="2026-01-31", by=by)
    result = entry.make(make.build(*rows), query).collect()
    assert_frame_equal(entry.make(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(entry.make(make.build(*known), query).collect(), result)


def test_a_group_equals_the_filter_on_it(make, rows):
    frames, query = make.build(*rows), make.query(by="team")
    every = win_curves.win_curves(frames, query).collect()
    for group in every["group_id"].unique():
        asked = replace(query, team=(group or "",))
        alone = win_curves.win_curves(frames, asked).collect()
        assert_frame_equal(alone, every.filter(pl.col("group_id").eq_missing(pl.lit(group))))


def test_curves_rise_inside_their_interval_and_leave_room_for_the_lost(make, rows):
    shown = curve(make, rows, by="source").drop_nulls("won_by_rate")
    assert (shown["won_by_rate"] + shown["lost_by_rate"]).is_between(0, 1 + 1e-12).all()
    inside = pl.col("won_by_rate").is_between("low_rate", "high_rate")
    assert shown.drop_nulls("low_rate").select(inside.all()).item()
    steps = shown.select(pl.col("won_by_rate", "lost_by_rate").diff().over("group_id"))
    assert steps.select(pl.all().min() >= 0).row(0) in {(True, True), (None, None)}


def test_without_open_deals_the_curve_ends_at_the_closed_only_rate(make, rows):
    """Where nothing is censored the two agree; that they differ elsewhere is the point."""
    closed = [r for r in rows if r.table != "deals" or r.values["status"] != "open"]
    ids = {r.values["deal_id"] for r in closed if r.table == "deals"}
    kept = [r for r in closed if r.table != "stage_events" or r.values["deal_id"] in ids]
    ends = curve(make, kept, by="source").group_by("group_id").last()
    naive = conversion.win_rate(make.build(*kept), make.query(by="source")).collect()
    both = ends.join(naive, on="group_id", nulls_equal=True)
    assert both.height == ends.height
    assert both["won_by_rate"].to_list() == pytest.approx(both["win_rate"].to_list())


def test_a_lost_deal_never_raises_a_curve(make, rows):
    more = [make.lost(f"L{n}", date(2026, 2, 1), opened_on="2026-01-01") for n in range(9)]
    before = read(make, rows, by=WHOLE, at=60)["won_by_rate"].to_list()
    after = read(make, [*rows, *more], by=WHOLE, at=60)["won_by_rate"].to_list()
    assert before == [] or before[0] is None or after[0] <= before[0]

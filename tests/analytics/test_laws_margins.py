"""Laws of margins, rankings and visits, each tried on many random departments."""

import random
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import (
    authority,
    bridge,
    bunching,
    department,
    listing,
    margin_spreads,
    margins,
    outliers,
    reps,
    scores,
    visits,
)
from analytics.query import DIMENSIONS

_MODULES = (margins, margin_spreads, outliers, bridge, authority, bunching, listing, reps, visits)
REPORTS = [report for module in _MODULES for report in module.REPORTS]
GRAINS = ("deal", "line")
PERIOD = {"since": "2025-07-01", "until": "2026-04-01"}
few = pytest.mark.parametrize("rows", (0, 4), indirect=True, ids="seed{}".format)
SUMS = ("won_amount", "known_amount", "unknown_amount", "gross_profit")


def asked(make, **values):
    return make.query(**(PERIOD | values))


def run(function, make, rows, **values):
    return function(make.build(*rows), asked(make, **values)).collect()


def one(function, make, rows, **values):
    return run(function, make, rows, **values).row(0, named=True)


@pytest.mark.parametrize("grain", GRAINS)
def test_bins_add_up_to_the_rated_count(make, rows, grain):
    bins = run(margins.distribution, make, rows, grain=grain)
    known = one(margins.quantiles, make, rows, grain=grain)
    assert bins["count"].sum() == known["count"] - known["unrated_count"]
    if bins["count"].sum():
        assert bins["count_rate"].sum() == pytest.approx(1)


@pytest.mark.parametrize("grain", GRAINS)
def test_tiers_add_up_to_the_known_count(make, rows, grain):
    shares = run(authority.tier_shares, make, rows, grain=grain)
    known = one(margins.quantiles, make, rows, grain=grain)
    assert shares["count"].sum() == known["count"]
    if grain == "line":
        assert shares["amount"].sum() == known["known_amount"]
        assert shares["gross_profit"].sum() == (known["gross_profit"] or 0)


@pytest.mark.parametrize("grain", GRAINS)
def test_a_bin_and_its_rows_are_of_one_tier(make, rows, grain):
    bins = run(margins.distribution, make, rows, grain=grain)
    found = run(listing.margin_rows, make, rows, grain=grain)
    by_bin = found.drop_nulls("bin_percent").group_by("bin_percent", "tier").len()
    filled = bins.filter(pl.col("count") > 0).with_columns(
        bin_percent=pl.coalesce("bin_low_rate", pl.col("bin_high_rate") - 0.05) * 100
    )
    assert sorted(by_bin.rows()) == sorted(
        (round(percent), tier, count)
        for percent, tier, count in filled.select("bin_percent", "tier", "count").rows()
    )


@few
@pytest.mark.parametrize("by", [*DIMENSIONS, "category"])
def test_groups_add_up_to_the_whole(make, rows, by):
    groups = run(margins.by_dimension, make, rows, by=by)
    whole = one(margins.quantiles, make, rows)
    for name in SUMS:
        assert groups[name].sum() == (whole[name] or 0)
    by_line = one(margins.quantiles, make, rows, grain="line")
    assert groups["lines"].sum() == by_line["count"] + by_line["unknown_count"]
    assert groups["group_id"].is_unique().all()


@pytest.mark.parametrize("grain", GRAINS)
def test_rows_behind_add_up_to_the_figures(make, rows, grain):
    found = run(listing.margin_rows, make, rows, grain=grain)
    whole = one(margins.quantiles, make, rows, grain=grain)
    assert found["cost"].null_count() == whole["unknown_count"]
    assert found.filter(pl.col("gross_profit") < 0).height == whole["loss_making"]
    assert found["amount"].sum() == whole["won_amount"]


def test_low_margin_deals_are_the_gms_tier(make, rows):
    low = run(listing.low_margin, make, rows)
    shares = run(authority.tier_shares, make, rows).row(-1, named=True)
    assert (low.height, low["amount"].sum()) == (shares["count"], shares["amount"])


@few
@pytest.mark.parametrize("report", REPORTS, ids=lambda r: r.name)
def test_the_order_of_records_changes_nothing(make, rows, report):
    shuffled = random.Random(7).sample(rows, len(rows))
    for query in (asked(make), asked(make, by="product", grain="line", rank_by="adjusted_rate")):
        first = report.make(make.build(*rows), query).collect()
        second = report.make(make.build(*shuffled), query).collect()
        assert_frame_equal(first, second)


@few
@pytest.mark.parametrize("report", REPORTS, ids=lambda r: r.name)
def test_nothing_that_happened_after_as_of_is_known(make, rows, report):
    day = make.query("2026-02-10").as_of
    query = asked(make, as_of=day)
    later = report.make(make.build(*rows), query).collect()
    then = report.make(make.build(*make.known_at(rows, day)), query).collect()
    assert_frame_equal(later, then)


def test_a_lost_or_open_deal_never_moves_a_margin(make, rows):
    more = [
        make.lost("L", "2026-01-10", amount=10**9, cost=0),
        make.deal("O", amount=10**9, cost=0),
    ]
    for function in (margins.distribution, margins.quantiles, authority.tier_shares):
        assert_frame_equal(run(function, make, rows), run(function, make, [*rows, *more]))


def test_a_deal_of_unknown_cost_never_moves_the_margin_rate(make, rows):
    more = [make.won("U", "2026-01-10", amount=10**9)]
    before, after = (one(margins.quantiles, make, r) for r in (rows, [*rows, *more]))
    assert after["margin_rate"] == before["margin_rate"]
    assert after["unknown_count"] == before["unknown_count"] + 1
    assert after["unknown_amount"] == before["unknown_amount"] + 10**9


def test_the_ranking_adds_up_to_the_department(make, rows):
    ranking = run(reps.ranking, make, rows)
    whole = one(department.overview, make, rows)
    for name in ("won_amount", "won", "lost", "gross_profit", "visits"):
        assert ranking[name].sum() == (whole[name] or 0)


@few
@pytest.mark.parametrize("column", reps.RANK_COLUMNS)
def test_ranks_are_whole_numbers_without_gaps_in_the_order_of_the_column(make, rows, column):
    ranking = run(reps.ranking, make, rows, rank_by=column)
    ranks = ranking["rank"].drop_nulls().to_list()
    assert ranks == list(range(1, len(ranks) + 1))
    assert ranking["rank"][: len(ranks)].null_count() == 0
    placed = ranking.drop_nulls("rank")
    value = "adjusted_low_rate" if column == "adjusted_rate" else column
    assert placed[value].is_sorted(descending=column not in scores.LESS_IS_BETTER)


@few
def test_filters_by_people_choose_rows_of_the_same_ranking(make, rows):
    query = asked(make, rank_by="adjusted_rate")
    frames = make.build(*rows)
    whole = reps.ranking(frames, query).collect()
    for people in ({"rep": ("R2", "R3")}, {"team": ("South",)}):
        shown = reps.ranking(frames, replace(query, **people)).collect()
        column, values = next(iter(people.items()))
        key = pl.col("rep_id" if column == "rep" else column).cast(pl.String)
        assert_frame_equal(shown, whole.filter(key.is_in(values)))


def test_adjusted_rates_lie_between_the_own_and_the_departments_extremes(make, rows):
    ranking = run(reps.ranking, make, rows).drop_nulls("adjusted_rate")
    low, rate, high = (ranking[f"adjusted_{n}rate"] for n in ("low_", "", "high_"))
    assert ((low <= rate) & (rate <= high) & (low >= 0) & (high <= 1)).all()


@few
@pytest.mark.parametrize("by", [*DIMENSIONS, "kind"])
def test_visits_add_up_over_groups(make, rows, by):
    groups = run(visits.by_dimension, make, rows, by=by)
    listed = run(listing.visits, make, rows)
    assert groups["visits"].sum() == listed.height
    if by != "kind":
        assert groups["won"].sum() == one(department.overview, make, rows)["won"]

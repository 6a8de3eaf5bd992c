from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import conversion, facts, listing, measures
from analytics.schemas import require

FUNNEL = ("stage", "entered", "reached")


def six_deals(make):
    """One of each fate: won straight, won by skipping, lost late, lost at once, back, open."""
    paths = {
        "D1": ("lead", "visit", "quote", "won"),
        "D2": ("lead", "won"),
        "D3": ("lead", "visit", "quote", "lost"),
        "D4": ("lost",),
        "D5": ("lead", "visit", "quote", "lead", "visit"),
        "D6": ("lead",),
    }
    rows = []
    for deal_id, path in paths.items():
        last, days = path[-1], [f"2026-02-{n:02}" for n in range(1, len(path) + 1)]
        closed = {"status": last, "closed_on": days[-1]} if last in ("won", "lost") else {}
        rows.append(make.deal(deal_id, stage=last, opened_on=days[0], **closed))
        rows += [
            make.event(deal_id, n, s, d)
            for n, (s, d) in enumerate(zip(path, days, strict=True), start=1)
        ]
    return rows


def report(function, make, rows, **asked):
    return function(make.build(*rows), make.query(**asked)).collect()


def test_the_funnel_keeps_lost_deals_and_counts_a_return_once(make):
    funnel = report(conversion.funnel, make, six_deals(make))
    assert funnel.select(FUNNEL).rows() == [
        (None, 6, 6),
        ("lead", 5, 5),
        ("visit", 3, 4),
        ("quote", 3, 4),
        ("won", 2, 2),
    ]
    assert funnel["reached_rate"].to_list() == pytest.approx([1, 5 / 6, 4 / 6, 4 / 6, 2 / 6])
    assert funnel["step_rate"].to_list()[1:] == pytest.approx([5 / 6, 4 / 5, 1, 2 / 4])


def test_the_rows_behind_a_step_are_as_many_as_reached_it(make, rows):
    asked = {"since": date(2025, 3, 1), "until": date(2025, 9, 1)}
    funnel = report(conversion.funnel, make, rows, **asked)
    cohort = report(listing.cohort, make, rows, **asked)
    for position, reached in funnel.select("position", "reached").iter_rows():
        assert cohort.filter(pl.col("reached_position") >= position).height == reached


def test_the_funnel_is_of_deals_opened_in_the_period(make):
    rows = [
        make.deal("D1", opened_on="2026-01-31", stage="lead"),
        make.deal("D2", opened_on="2026-02-01", stage="lead"),
        make.deal("D3", opened_on="2026-03-01", stage="lead"),
        make.won("order", "2026-02-05", opened_on=None),
    ]
    funnel = report(conversion.funnel, make, rows, since="2026-02-01", until="2026-03-01")
    assert funnel["reached"].to_list() == [1, 1, 0, 0, 0]


def test_a_deal_without_history_counts_at_its_present_stage(make):
    rows = [make.deal("D1", stage="visit"), make.won("D2", "2026-03-01", stage=None)]
    funnel = report(conversion.funnel, make, rows)
    assert funnel.select(FUNNEL).rows() == [
        (None, 2, 2),
        ("lead", 0, 2),
        ("visit", 1, 2),
        ("quote", 0, 1),
        ("won", 0, 1),
    ]


def test_the_lost_stage_is_no_step_wherever_it_stands(make):
    rows = [
        make.stage("won", 1, kind="won"),
        make.stage("lost", 2, kind="lost"),
        make.stage("talk", 3),
        make.deal("D1", stage="talk"),
        make.event("D1", 1, "lost", "2026-02-01"),
        make.event("D1", 2, "talk", "2026-02-02"),
    ]
    funnel = report(conversion.funnel, make, rows)
    assert funnel.select("position", *FUNNEL).rows() == [
        (0, None, 1, 1),
        (1, "talk", 1, 1),
        (2, "won", 0, 0),
    ]


def test_a_department_without_stages_has_only_its_opened_deals(make):
    frames = make.build(make.deal("D1")) | {"stages": make.build()["stages"].clear()}
    funnel = conversion.funnel(frames, make.query()).collect()
    assert funnel.select(FUNNEL).rows() == [(None, 1, 1)]


def test_an_empty_funnel_has_zeros_and_no_rates(make):
    funnel = report(conversion.funnel, make, [])
    assert funnel["reached"].to_list() == [0] * 5
    assert funnel["reached_rate"].null_count() == funnel["step_rate"].null_count() == 5


def test_a_stay_merges_events_of_one_stage_and_ends_with_the_deal(make):
    rows = [
        make.lost("D1", "2026-02-20", stage="visit"),
        make.event("D1", 1, "lead", "2026-02-01"),
        make.event("D1", 2, "lead", "2026-02-04"),
        make.event("D1", 3, "visit", "2026-02-10"),
    ]
    time = report(conversion.stage_time, make, rows)
    assert time.select("stage", "stays", "running", "median_days").rows() == [
        ("lead", 1, 0, 9.0),
        ("visit", 1, 0, 10.0),
        ("quote", 0, 0, None),
    ]


def test_a_running_stay_is_censored_not_dropped(make):
    rows = [make.deal("D1", stage="lead"), make.event("D1", 1, "lead", "2026-06-01")]
    for n, day in enumerate(("2026-01-11", "2026-01-21"), start=2):
        rows += [
            make.won(f"D{n}", day),
            make.event(f"D{n}", 1, "lead", "2026-01-01"),
            make.event(f"D{n}", 2, "won", day),
        ]
    time = report(conversion.stage_time, make, rows).row(0, named=True)
    assert (time["stays"], time["running"]) == (3, 1)
    assert time["median_days"] == 20  # of 3, two have left after 20 days
    assert time["p90_days"] is None  # the one that may stay longest has not left


def test_stays_are_those_begun_in_the_period(make):
    rows = [
        make.deal("D1", stage="quote"),
        make.event("D1", 1, "lead", "2026-02-27"),
        make.event("D1", 2, "visit", "2026-03-01"),
        make.event("D1", 3, "quote", "2026-04-01"),
    ]
    time = report(conversion.stage_time, make, rows, since="2026-03-01", until="2026-04-01")
    assert time["stays"].to_list() == [0, 1, 0]
    assert time["median_days"].to_list() == [None, 31, None]


def test_win_rates_are_per_group_with_the_unknown_last(make):
    rows = [
        make.customer("C1", industry="Auto"),
        make.won("D1", "2026-03-01", customer_id="C1", amount=300, opened_on="2026-02-19"),
        make.lost("D2", "2026-03-02", customer_id="C1", amount=100),
        make.deal("D3", customer_id="C1", amount=50),
        make.lost("D4", "2026-03-02", amount=None),
    ]
    rates = report(conversion.win_rate, make, rows, by="industry")
    auto, unknown = rates.iter_rows(named=True)
    assert auto == {
        "group_id": "Auto",
        "group": "Auto",
        "deals": 3,
        "won": 1,
        "lost": 1,
        "open": 1,
        "decided": 2,
        "decided_won": 1,
        "win_rate": 0.5,
        "low_rate": pytest.approx(0.0945312, abs=1e-6),
        "high_rate": pytest.approx(0.9054688, abs=1e-6),
        "won_amount": 300,
        "lost_amount": 100,
        "open_amount": 50,
        "win_amount_rate": 0.75,
        "mean_won_amount": 300,
        "median_cycle_days": 10.0,
    }
    assert (unknown["group"], unknown["win_rate"], unknown["lost_amount"]) == (None, 0.0, 0)
    assert unknown["mean_won_amount"] is unknown["median_cycle_days"] is None


def test_two_reps_of_one_name_are_two_groups(make):
    rows = [make.rep("R1", rep="Li"), make.rep("R2", rep="Li")]
    rows += [make.deal("D1", rep_id="R1"), make.deal("D2", rep_id="R2")]
    rates = report(conversion.win_rate, make, rows)
    assert rates.select("group_id", "group", "open").rows() == [("R1", "Li", 1), ("R2", "Li", 1)]


def test_an_order_list_has_no_win_rate_and_no_cycle(make):
    rows = [make.won("D1", "2026-03-01", opened_on=None, amount=300)]
    rate = report(conversion.win_rate, make, rows).row(0, named=True)
    assert (rate["won"], rate["won_amount"]) == (1, 300)
    assert (rate["decided"], rate["decided_won"]) == (0, 0)
    unknown = ("win_rate", "low_rate", "high_rate", "win_amount_rate", "median_cycle_days")
    assert [rate[name] for name in unknown] == [None] * 5


def test_a_group_of_zero_amounts_has_no_rate_by_amount(make):
    rows = [make.won("D1", "2026-03-01", amount=0), make.lost("D2", "2026-03-01", amount=0)]
    rate = report(conversion.win_rate, make, rows).row(0, named=True)
    assert (rate["win_rate"], rate["win_amount_rate"]) == (0.5, None)


def test_lost_reasons_come_by_frequency_with_the_unknown_last(make):
    rows = [
        make.lost("D1", "2026-03-01", loss_reason="Time", amount=10),
        make.lost("D2", "2026-03-01", loss_reason="Price", amount=20),
        make.lost("D3", "2026-03-01", loss_reason="Price", amount=30),
        make.lost("D4", "2026-03-01", loss_reason=None, amount=40),
        make.lost("D5", "2026-03-01", loss_reason=None, amount=40),
        make.lost("D6", "2026-03-01", loss_reason=None, amount=40),
        make.lost("D7", "2026-04-01", loss_reason="Later"),
    ]
    reasons = report(conversion.lost_reasons, make, rows, until="2026-04-01")
    assert reasons.rows() == [
        ("Price", 2, 50, pytest.approx(2 / 6)),
        ("Time", 1, 10, pytest.approx(1 / 6)),
        (None, 3, 120, 0.5),
    ]


@pytest.mark.parametrize("entry", conversion.REPORTS, ids=lambda r: r.name)
def test_empty_tables_keep_the_schema(make, entry):
    made = entry.make(make.build(), make.query(by="product"))
    assert require(made, entry.schema).collect_schema() == entry.schema


def test_reached_never_increases_and_covers_entered(make, rows):
    funnel = report(conversion.funnel, make, rows)
    steps = funnel["reached"].diff().drop_nulls()
    assert (steps <= 0).all()
    assert (funnel["entered"] <= funnel["reached"]).all()
    for column in ("reached_rate", "step_rate", "step_low_rate", "step_high_rate"):
        assert funnel[column].drop_nulls().is_between(0, 1).all()
    inside = pl.col("step_rate").is_between("step_low_rate", "step_high_rate")
    assert funnel.drop_nulls("step_rate").select(inside.all()).item()


def test_whoever_won_reached_the_last_step(make, rows):
    frames, query = make.build(*rows), make.query()
    won = facts.deals(frames, query).filter(measures.WON, pl.col("opened_on").is_not_null())
    funnel = conversion.funnel(frames, query).collect()
    assert funnel["reached"].to_list()[-1] >= won.collect().height


@pytest.mark.parametrize("by", ["rep", "team", "manager", "industry", "region", "source", "size"])
def test_groups_add_up_to_the_department(make, rows, by):
    sums = ["deals", "won", "lost", "open", "won_amount", "lost_amount", "open_amount"]
    asked = {"since": "2025-06-01", "until": "2026-04-01"}
    parts = report(conversion.win_rate, make, rows, by=by, **asked).select(sums).sum()
    whole = report(conversion.win_rate, make, rows, by="product", **asked).select(sums).sum()
    assert_frame_equal(parts, whole)


def test_a_group_equals_the_filter_on_it(make, rows):
    for group in report(conversion.win_rate, make, rows, by="team").iter_rows(named=True):
        filtered = report(conversion.win_rate, make, rows, by="team", team=group["group"] or "")
        assert filtered.to_dicts() == [pytest.approx(group, nan_ok=False)]


def test_rates_are_shares_inside_their_interval(make, rows):
    rates = report(conversion.win_rate, make, rows).drop_nulls("win_rate")
    assert rates["win_rate"].is_between(rates["low_rate"], rates["high_rate"]).all()
    assert rates["low_rate"].is_between(0, 1).all()
    assert rates["high_rate"].is_between(0, 1).all()


def test_a_lost_deal_never_moves_what_was_won(make, rows):
    won = ("group_id", "won", "won_amount", "mean_won_amount", "median_cycle_days")
    more = [make.lost(f"L{n}", "2026-05-01", rep_id=f"R{n}", amount=9) for n in range(1, 5)]
    before = report(conversion.win_rate, make, rows).select(won)
    after = report(conversion.win_rate, make, [*rows, *more]).select(won)
    assert_frame_equal(after.join(before, on="group_id", how="semi"), before)


@pytest.mark.parametrize("entry", conversion.REPORTS, ids=lambda r: r.name)
def test_neither_row_order_nor_later_records_matter(make, rows, entry):
    query = make.query(as_of="2026-01-31", by="industry")
    result = entry.make(make.build(*rows), query).collect()
    assert_frame_equal(entry.make(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(entry.make(make.build(*known), query).collect(), result)


def test_reasons_add_up_to_the_lost_deals(make, rows):
    reasons = report(conversion.lost_reasons, make, rows)
    lost = report(conversion.win_rate, make, rows)
    assert reasons["lost"].sum() == lost["lost"].sum()
    assert reasons["lost_amount"].sum() == lost["lost_amount"].sum()
    assert reasons.is_empty() or reasons["share_rate"].sum() == pytest.approx(1)

"""Moves between stages, cohorts, velocity and losses on hand-made deals."""

from datetime import date

import polars as pl
import pytest

from analytics import cohorts, losses, pipeline_rows, transitions, velocity

MOVE = ("from_stage", "to_stage", "move", "moves", "deals")


def report(function, make, rows, **asked):
    return function(make.build(*rows), make.query(**asked)).collect()


def path(make, deal_id, *stages, first="2026-02-01", **values):
    """A deal that entered one stage a day; its state is that of the last."""
    start, last = date.fromisoformat(first), stages[-1]
    days = [start.replace(day=start.day + n) for n in range(len(stages))]
    closed = {"status": last, "closed_on": days[-1]} if last in ("won", "lost") else {}
    deal = make.deal(deal_id, stage=last, opened_on=start, **(closed | values))
    steps = enumerate(zip(stages, days, strict=True), start=1)
    return [deal, *(make.event(deal_id, seq, stage, day) for seq, (stage, day) in steps)]


def test_every_kind_of_move_has_its_name(make):
    rows = [
        *path(make, "D1", "lead", "visit", "quote", "won"),
        *path(make, "D2", "lead", "quote", "lead", "lost"),
        *path(make, "D3", "lead", "lost", "visit", "lost", "won"),
    ]
    moves = report(transitions.transitions, make, rows)
    assert moves.select(MOVE).rows() == [
        ("lead", "visit", "forward", 1, 1),
        ("lead", "quote", "skip", 1, 1),
        ("lead", "lost", "lost", 2, 2),
        ("visit", "quote", "forward", 1, 1),
        ("visit", "lost", "lost", 1, 1),
        ("quote", "lead", "backward", 1, 1),
        ("quote", "won", "won", 1, 1),
        ("lost", "visit", "reopened", 1, 1),
        ("lost", "won", "won", 1, 1),
    ]
    assert moves["leaving_rate"].to_list() == [0.25, 0.25, 0.5, *[0.5] * 6]


def test_a_stay_of_several_events_is_left_once(make):
    moves = report(transitions.transitions, make, path(make, "D1", "lead", "lead", "visit"))
    assert moves.select(MOVE).rows() == [("lead", "visit", "forward", 1, 1)]


def test_a_deal_that_makes_a_move_twice_is_one_deal(make):
    rows = path(make, "D1", "lead", "visit", "lead", "visit")
    moves = report(transitions.transitions, make, rows)
    assert moves.select(MOVE).rows()[0] == ("lead", "visit", "forward", 2, 1)
    behind = report(pipeline_rows.moves, make, rows)
    assert behind.select("deal_id", "to_stage", "moved_on", "stay_days").rows() == [
        ("D1", "visit", date(2026, 2, 4), 1),
        ("D1", "lead", date(2026, 2, 3), 1),
        ("D1", "visit", date(2026, 2, 2), 1),
    ]


def test_a_move_counts_on_the_day_the_next_stay_began(make):
    rows = path(make, "D1", "lead", "visit", "quote")
    asked = {"since": "2026-02-03", "until": "2026-02-04"}
    moves = report(transitions.transitions, make, rows, **asked)
    assert moves.select(MOVE).rows() == [("visit", "quote", "forward", 1, 1)]
    assert report(transitions.transitions, make, rows, as_of="2026-02-02").height == 1


def test_an_age_is_counted_in_months_of_the_deals_own_opening(make):
    """31 January is a month old on the last day of February, not in March."""
    days = {"D1": "2026-02-28", "D2": "2026-03-01", "D3": "2026-03-31"}
    rows = [make.won(deal_id, day, opened_on="2026-01-31") for deal_id, day in days.items()]
    rows.append(make.lost("D4", "2026-02-01", opened_on="2026-01-02"))
    shares = report(cohorts.cohorts, make, rows, as_of="2026-06-30")
    assert shares.select("month", "deals").unique().rows() == [(date(2026, 1, 1), 4)]
    assert shares["won"].to_list() == [1, 3, 3, 3, 3, *[None] * 7]
    assert shares["cohort_rate"].to_list()[:3] == [0.25, 0.75, 0.75]


def test_an_age_is_unknown_until_the_whole_month_has_reached_it(make):
    rows = [make.won("D1", "2026-01-20", opened_on="2026-01-05")]
    early, late = (
        report(cohorts.cohorts, make, rows, as_of=day)["won"][0]
        for day in ("2026-02-27", "2026-02-28")
    )
    assert (early, late) == (None, 1)
    cut = report(cohorts.cohorts, make, rows, as_of="2026-02-10", until="2026-01-11")
    assert cut["won"].to_list() == [1, *[None] * 11]  # the last deal of the period is a month old


def five(make):
    """Three open; two won for 100 and 300 after 10 and 30 days, two lost."""
    return [
        *(make.deal(f"O{n}") for n in range(3)),
        make.won("W1", "2026-01-15", amount=1_000_000),
        make.won("W2", "2026-02-04", amount=3_000_000),
        *(make.lost(f"L{n}", "2026-02-01") for n in range(2)),
    ]


def test_velocity_is_the_product_of_its_levers_and_each_is_moved_alone(make):
    rows = report(velocity.velocity, make, five(make))
    now, *better = rows.iter_rows(named=True)
    assert [now[lever] for lever in velocity.LEVERS] == [3, 0.5, 2_000_000, 20]
    assert (now["day_amount"], now["month_amount"]) == (150_000, 4_565_625)
    assert [row["lever"] for row in better] == list(velocity.LEVERS)
    for row in better:
        changed = [name for name in velocity.LEVERS if row[name] != now[name]]
        assert changed == [row["lever"]]
    assert rows["gain_day_amount"].to_list() == [0, 15_000, 15_000, 15_000, 16_667]
    assert rows["gain_month_amount"].to_list()[-1] == 507_292


def test_a_better_win_rate_stops_at_one(make):
    rows = [make.deal("O"), *(make.won(f"W{n}", "2026-01-15") for n in range(19))]
    rows.append(make.lost("L", "2026-01-15"))
    rates = report(velocity.velocity, make, rows)["win_rate"].to_list()
    assert rates == [0.95, 0.95, 1, 0.95, 0.95]


@pytest.mark.parametrize(
    ("closed", "unknown"),
    [
        (("lost", "2026-02-01", {}), ["mean_won_amount", "mean_cycle_days"]),
        (("won", "2026-02-01", {"amount": None}), ["mean_won_amount"]),
        (("won", "2026-02-01", {"opened_on": None}), ["win_rate", "mean_cycle_days"]),
        (("won", "2026-01-05", {}), []),  # a cycle of no days
    ],
)
def test_velocity_is_unknown_while_a_lever_is(make, closed, unknown):
    status, day, values = closed
    rows = [make.deal("O"), getattr(make, status)("D", day, **values)]
    result = report(velocity.velocity, make, rows)
    now = result.row(0, named=True)
    assert [name for name in velocity.LEVERS if now[name] is None] == unknown
    for name in ("day_amount", "month_amount", "gain_day_amount", "gain_month_amount"):
        assert result[name].null_count() == 5


def test_nothing_open_is_a_velocity_of_zero(make):
    rows = [make.won("W", "2026-02-01"), make.lost("L", "2026-02-01")]
    assert report(velocity.velocity, make, rows)["day_amount"].to_list() == [0] * 5


def test_a_loss_belongs_to_the_last_open_stage_before(make):
    rows = [
        *path(make, "D1", "lead", "quote", "lost", loss_reason="Price"),
        *path(make, "D2", "quote", "lost", "lead", "lost", loss_reason="Price"),
        *path(make, "D3", "lost", loss_reason="Time"),
        make.lost("D4", "2026-02-09", stage="visit"),  # marked as lost where it stood
        make.won("D5", "2026-02-09"),
    ]
    lost = report(losses.by_stage, make, rows)
    assert lost.select("reason", "position", "stage", "lost", "stage_rate").rows() == [
        ("Price", 1, "lead", 1, 1),
        ("Price", 3, "quote", 1, 1),
        ("Time", None, None, 1, 1),
        (None, 2, "visit", 1, 1),
    ]
    behind = report(pipeline_rows.lost, make, rows)
    assert behind.select("deal_id", "lost_stage").rows() == [
        ("D4", "visit"), ("D2", "lead"), ("D1", "quote"), ("D3", None),
    ]  # fmt: skip


def test_reasons_come_by_frequency_over_all_stages(make):
    rows = [
        *path(make, "D1", "lead", "lost", loss_reason="A"),
        *path(make, "D2", "lead", "lost", loss_reason="B"),
        *path(make, "D3", "quote", "lost", loss_reason="B"),
    ]
    lost = report(losses.by_stage, make, rows)
    assert lost.select("reason", "stage").rows() == [("B", "lead"), ("B", "quote"), ("A", "lead")]
    assert lost["stage_rate"].to_list() == [0.5, 1, 0.5]


def test_an_empty_department_has_no_moves_no_cohorts_and_no_velocity(make):
    assert report(transitions.transitions, make, []).is_empty()
    assert report(cohorts.cohorts, make, []).is_empty()
    assert report(losses.by_stage, make, []).is_empty()
    assert report(velocity.velocity, make, [])["day_amount"].null_count() == 5


def test_two_lost_stages_are_two_columns_without_a_rank(make):
    rows = [
        make.stage("talk", 1),
        make.stage("won", 2, kind="won"),
        make.stage("dropped", 3, kind="lost"),
        make.stage("beaten", 4, kind="lost"),
        make.lost("D1", "2026-02-03", stage="beaten"),
        make.event("D1", 1, "talk", "2026-02-01"),
        make.event("D1", 2, "dropped", "2026-02-02"),
        make.event("D1", 3, "beaten", "2026-02-03"),
    ]
    moves = report(transitions.transitions, make, rows)
    assert moves.select("from_stage", "to_stage", "to_position", "move").rows() == [
        ("talk", "dropped", None, "lost"),
        ("dropped", "beaten", None, "lost"),
    ]
    assert moves.select(pl.col("moves").sum()).item() == 2

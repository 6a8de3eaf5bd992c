"""Laws of the pipeline on random departments, and the same answers from other tools."""

import random
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

import duckdb
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from statsmodels.duration.survfunc import SurvfuncRight

from analytics import (
    cohorts,
    conversion,
    first_visits,
    losses,
    periods,
    pipeline_rows,
    survival,
    transitions,
    velocity,
)

MODULES = (transitions, cohorts, velocity, losses, first_visits, pipeline_rows)
REPORTS = [report for module in MODULES for report in module.REPORTS]
PERIOD = {"since": "2025-06-01", "until": "2026-04-01"}

VELOCITY = """
    SELECT
        count(*) FILTER (status = 'open')
            * (count(*) FILTER (status = 'won' AND opened_on IS NOT NULL)
                / nullif(count(*) FILTER (status <> 'open' AND opened_on IS NOT NULL), 0))
            * avg(amount) FILTER (status = 'won')
            / nullif(avg(closed_on - opened_on) FILTER (status = 'won'), 0)
    FROM deals
    WHERE status = 'open' OR closed_on >= DATE '2025-06-01' AND closed_on < DATE '2026-04-01'
"""


def run(function, make, rows, **values):
    return function(make.build(*rows), make.query(**(PERIOD | values))).collect()


@pytest.fixture
def walks(rows):
    """deal -> its stays as (stage, day it began), merged by hand from the events."""
    events = defaultdict(list)
    for row in rows:
        if row.table == "stage_events":
            events[row.values["deal_id"]].append((row.values["stage"], row.values["entered_on"]))
    return {
        deal: [event for n, event in enumerate(walk) if n == 0 or event[0] != walk[n - 1][0]]
        for deal, walk in events.items()
    }


@pytest.mark.parametrize("rows", (0, 4, 9), indirect=True, ids="seed{}".format)
@pytest.mark.parametrize("report", REPORTS, ids=lambda r: r.name)
def test_neither_row_order_nor_later_records_matter(make, rows, report):
    query = make.query(as_of="2026-02-10", **PERIOD)
    result = report.make(make.build(*rows), query).collect()
    assert_frame_equal(report.make(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(report.make(make.build(*known), query).collect(), result)


def test_the_matrix_counts_every_move_of_every_walk(make, rows, walks):
    moves = Counter(
        (before, after) for walk in walks.values() for (before, _), (after, _) in pairwise(walk)
    )
    matrix = run(transitions.transitions, make, rows, since=None, until=None)
    assert {
        (a, b): n for a, b, n in matrix.select("from_stage", "to_stage", "moves").rows()
    } == moves
    assert (matrix["deals"] <= matrix["moves"]).all()


def test_a_row_of_the_matrix_is_all_its_leavings(make, rows, walks):
    query = make.query(**PERIOD)
    left = Counter(
        before
        for walk in walks.values()
        for (before, _), (_, day) in pairwise(walk)
        if query.since <= day < query.until
    )
    matrix = run(transitions.transitions, make, rows)
    sums = matrix.group_by("from_stage").agg(pl.col("moves", "leaving_rate").sum())
    assert dict(sums.select("from_stage", "moves").rows()) == left
    assert sums["leaving_rate"].to_list() == pytest.approx([1] * sums.height)


def test_the_moves_of_a_deal_chain(make, rows):
    """Within a deal each move begins where the one before ended; rows are latest first."""
    behind = run(pipeline_rows.moves, make, rows, since=None, until=None)
    oldest_first = behind.sort("moved_on", maintain_order=True)  # of a day in the deal's order
    for _, walk in oldest_first.group_by("deal_id", maintain_order=True):
        assert walk["from_stage"][1:].to_list() == walk["to_stage"][:-1].to_list()


def test_the_rows_behind_are_the_matrix(make, rows):
    behind = run(pipeline_rows.moves, make, rows)
    matrix = run(transitions.transitions, make, rows)
    counted = behind.group_by(pl.col("from_stage", "to_stage").cast(pl.String)).agg(
        moves=pl.len().cast(pl.Int64), deals=pl.col("deal_id").n_unique().cast(pl.Int64)
    )
    columns = ("from_stage", "to_stage", "moves", "deals")
    assert sorted(counted.select(columns).rows()) == sorted(matrix.select(columns).rows())


def test_the_stays_behind_are_those_of_the_days_in_stage(make, rows):
    behind = run(pipeline_rows.stays, make, rows)
    counted = behind.group_by(pl.col("stay_stage").cast(pl.String)).agg(
        pl.len(), pl.col("left_on").is_null().sum(), pl.col("stay_days").min()
    )
    known = {stage: counts for stage, *counts in counted.iter_rows()}
    time = run(conversion.stage_time, make, rows)
    for stage, stays, running in time.select("stage", "stays", "running").iter_rows():
        count, open_now, shortest = known.get(stage, (0, 0, 0))
        assert (count, open_now) == (stays, running)
        assert shortest >= 0


def test_the_share_won_never_falls_with_the_age_and_is_unknown_to_its_end(make, rows):
    shares = run(cohorts.cohorts, make, rows, since=None, until=None, as_of="2026-03-31")
    for _, cohort in shares.group_by("month"):
        won = cohort.sort("age")["won"]
        known = won.drop_nulls()
        assert won[: known.len()].null_count() == 0
        assert known.is_sorted()
        assert (known <= cohort["deals"][0]).all()


def test_cohorts_equal_a_count_deal_by_deal(make, rows):
    query = make.query(**PERIOD)
    opened = [
        r.values
        for r in rows
        if r.table == "deals" and r.values["opened_on"] and query.since <= r.values["opened_on"]
    ]
    shares = cohorts.cohorts(make.build(*rows), query).collect()
    for month, age, deals, won in shares.select("month", "age", "deals", "won").iter_rows():
        end = periods.shift(month, 1)
        cohort = [d for d in opened if month <= d["opened_on"] < end]
        assert deals == len(cohort)
        in_time = sum(
            d["status"] == "won" and d["closed_on"] <= periods.shift(d["opened_on"], age)
            for d in cohort
        )
        is_known = periods.shift(end - timedelta(days=1), age) <= query.as_of
        assert won == (in_time if is_known else None)


def test_velocity_equals_sql(make, rows):
    ours = run(velocity.velocity, make, rows)
    with duckdb.connect() as connection:
        plain = pl.selectors.categorical().cast(pl.String)
        connection.register("deals", make.build(*rows)["deals"].with_columns(plain).collect())
        theirs = connection.sql(VELOCITY).fetchall()[0][0]
    assert ours["day_amount"][0] == (theirs and pytest.approx(theirs, abs=1))


def test_losses_by_stage_add_up_to_the_reasons_and_their_rows(make, rows):
    by_stage = run(losses.by_stage, make, rows)
    sums = by_stage.group_by("reason", maintain_order=True).agg(pl.col("lost", "lost_amount").sum())
    reasons = run(conversion.lost_reasons, make, rows)
    assert_frame_equal(sums, reasons.select(sums.columns))
    behind = run(pipeline_rows.lost, make, rows)
    cells = behind.group_by(pl.col("loss_reason", "lost_stage").cast(pl.String)).len()
    known = by_stage.select("reason", "stage", "lost").rows()
    assert sorted(map(str, cells.rows())) == sorted(map(str, known))


@pytest.fixture
def visited(make, rows):
    """The random department with sixty customers more, each visited and sold to at random."""
    rng = random.Random(len(rows))

    def days(most):
        return [
            make.query().as_of - timedelta(days=rng.randint(0, 400))
            for _ in range(rng.randint(0, most))
        ]

    more = []
    for n in range(60):
        kinds = ("visit", "call", "demo")
        more += [
            make.visit(f"X{n}.{k}", day, customer_id=f"X{n}", kind=rng.choice(kinds))
            for k, day in enumerate(days(4))
        ]
        for k, day in enumerate(days(2)):
            closed_on = day + timedelta(days=rng.randint(0, 90))
            is_won = rng.random() < 0.5 and closed_on <= make.query().as_of
            state = {"status": "won", "closed_on": closed_on} if is_won else {}
            more.append(make.deal(f"XD{n}.{k}", customer_id=f"X{n}", opened_on=day, **state))
    return [*rows, *more]


def first_visits_of(rows):
    """customer -> the day of the first visit ever, to the customer or to one of its deals."""
    deals = {r.values["deal_id"]: r.values for r in rows if r.table == "deals"}
    made = [r.values for r in rows if r.table == "visits" and r.values["is_visit"]]
    first = {}
    for visit in sorted(made, key=lambda visit: visit["visited_on"]):
        customer = visit["customer_id"] or deals.get(visit["deal_id"], {}).get("customer_id")
        if customer:
            first.setdefault(customer, visit["visited_on"])
    return first, deals.values()


def test_visit_to_deal_equals_a_count_customer_by_customer(make, visited):
    query = make.query()
    first, deals = first_visits_of(visited)
    counts = {step: [0, 0] for step in first_visits.STEPS}
    for customer, day in first.items():
        own = [d for d in deals if d["customer_id"] == customer]
        days = [d["opened_on"] or d["closed_on"] for d in own]
        if any(d < day for d in days):
            continue
        for horizon in first_visits.HORIZONS:
            if day + timedelta(days=horizon) <= query.as_of:
                in_time = any((d - day).days <= horizon for d in days)
                counts[f"opened_{horizon}"][0] += 1
                counts[f"opened_{horizon}"][1] += in_time
        counts["won"][0] += 1
        counts["won"][1] += any(d["status"] == "won" for d in own)
    result = first_visits.visit_to_deal(make.build(*visited), query).collect().filter(kind="(all)")
    shown = result.select("step", "customers", "reached").rows()
    assert {step: list(found) for step, *found in shown} == (counts if first else {})


def test_the_longer_the_time_the_more_deals_and_kinds_add_up(make, visited):
    result = run(first_visits.visit_to_deal, make, visited, since=None, until="2026-04-01")
    total = result.filter(kind="(all)")
    opened = total.filter(pl.col("step") != "won")
    assert opened["customers"].n_unique() <= 1  # every first visit is 90 days old
    assert opened["reached"].is_sorted()
    kinds = result.filter(pl.col("kind") != "(all)").group_by("step", maintain_order=True)
    counts = pl.col("customers", "reached", "existing")
    sums = {step: found for step, *found in kinds.agg(counts.sum()).rows()}
    for step, *found in total.select("step", counts).rows():
        assert found == sums.get(step, [0, 0, 0])


def test_quantiles_of_stays_equal_statsmodels():
    """Heavy ties and censoring; the curve of SurvfuncRight read at the same shares."""
    rng = np.random.default_rng(5)
    shares = {"p25": 0.25, "p50": 0.5, "p90": 0.9}
    for size in (1, 7, 40, 400):
        days, has_ended = rng.integers(0, 25, size), rng.random(size) < 0.7
        frame = pl.LazyFrame({"stage": ["a"] * size, "days": days, "has_ended": has_ended})
        ours = survival.quantiles(frame, "stage", **shares).collect()
        curve = SurvfuncRight(days, has_ended.astype(int))
        for name, share in shares.items():
            reached = curve.surv_times[curve.surv_prob <= 1 - share + 1e-9]
            assert ours[name].item() == (reached[0] if reached.size else None)

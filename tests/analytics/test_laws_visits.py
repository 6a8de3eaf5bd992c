"""Laws of what is said of visits, each tried on several random departments."""

import random
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import (
    appointments,
    coverage,
    visit_credit,
    visit_outcomes,
    visit_summary,
    visits_per_deal,
)

PERIOD = {"since": "2025-07-01", "until": "2026-04-01"}
MODULES = (appointments, coverage, visit_credit, visit_outcomes, visit_summary, visits_per_deal)
REPORTS = tuple(report for module in MODULES for report in module.REPORTS)
each = pytest.mark.parametrize("report", REPORTS, ids=lambda r: r.name)


@pytest.fixture(params=(4, 9), ids="seed{}".format)
def crowd(make, request):
    """A random department with many visits, some at one moment, with outcomes and next days."""
    rng, rows = random.Random(request.param), make.random_rows(request.param)
    deals = [row.values["deal_id"] for row in rows if row.table == "deals"]
    for number in range(80):
        on = date(2025, 7, 1) + timedelta(days=rng.randint(0, 300))
        row = make.visit(
            f"W{number:02}",
            on,
            is_visit=rng.random() < 0.8,
            deal_id=rng.choice([None, *deals]),
            customer_id=rng.choice((None, "C1", "C2", "C3")),
            next_on=rng.choice((None, on + timedelta(days=rng.randint(-2, 25)))),
            has_outcome=rng.random() < 0.5,
            minutes=rng.choice((None, rng.randint(5, 90))),
        )
        rows.append(row)
    return rows


def asked(make, **values):
    return make.query(by="rep", **(PERIOD | values))


def one(function, make, rows):
    return function(make.build(*rows), asked(make)).collect()


@each
def test_the_order_of_records_changes_nothing(make, crowd, report):
    shuffled = random.Random(7).sample(crowd, len(crowd))
    for query in (asked(make), asked(make, credit="decay")):
        first = report.make(make.build(*crowd), query).collect()
        assert_frame_equal(first, report.make(make.build(*shuffled), query).collect())


@each
def test_nothing_that_happened_after_as_of_is_known(make, crowd, report):
    query = asked(make, as_of="2026-02-10")
    later = report.make(make.build(*crowd), query).collect()
    then = make.known_at(crowd, query.as_of)
    assert_frame_equal(later, report.make(make.build(*then), query).collect())


def test_groups_add_up_to_the_summary(make, crowd):
    summary = one(visit_summary.summary, make, crowd).row(0, named=True)
    for report, counts in (
        (visit_outcomes.by_dimension, ("visits", "noted", "with_next", "watched", "advanced")),
        (coverage.by_dimension, ("customers", "customers_visited")),
        (appointments.by_dimension, ("due", "kept", "not_due")),
    ):
        groups = one(report, make, crowd)
        assert [groups[name].sum() for name in counts] == [summary[name] for name in counts]


def test_the_rows_are_as_many_as_their_figures_count(make, crowd):
    summary = one(visit_summary.summary, make, crowd).row(0, named=True)
    agreed = one(appointments.appointment_rows, make, crowd)
    assert agreed["appointment"].is_in(["kept", "late", "missed"]).sum() == summary["due"]
    made = one(visit_outcomes.outcome_rows, make, crowd)
    assert made.height == summary["visits"]
    assert (made["follow_up"] == "advanced").sum() == summary["advanced"]


def test_a_further_visit_never_breaks_an_appointment(make, crowd):
    more = [make.visit(f"X{n}", "2025-12-12", customer_id=f"C{n}") for n in range(1, 5)]
    before, after = (one(appointments.totals, make, rows) for rows in (crowd, [*crowd, *more]))
    assert after["kept"].item() >= before["kept"].item()


def test_the_spread_adds_up_to_the_deals(make, crowd):
    means = one(visits_per_deal.per_deal, make, crowd)
    spread = one(visits_per_deal.spread, make, crowd)
    for counted in visits_per_deal.COUNTED:
        here = spread.filter(counted=counted)
        for outcome in ("won", "lost"):
            known = means.row(by_predicate=_is(counted, outcome), named=True)
            assert here[outcome].sum() == known["deals"]
            assert here[outcome][0] == known["without_count"]


def _is(counted, outcome):
    return (pl.col("counted") == counted) & (pl.col("outcome") == outcome)

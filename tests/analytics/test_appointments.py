import random
from datetime import date, timedelta

import pytest

from analytics import appointments
from analytics.appointments import APPOINTMENTS, LATE_DAYS

AS_OF = "2026-03-31"


def judged(make, *rows, **asked):
    query = make.query(**({"as_of": AS_OF, "since": "2026-03-01", "until": "2026-05-01"} | asked))
    return appointments.appointment_rows(make.build(*rows), query).collect()


def agreed(make, next_on="2026-03-10", **values):
    return make.visit("V1", "2026-03-02", customer_id="C1", next_on=next_on, **values)


def fate(make, *rows, **asked):
    """What became of the one appointment, and how many days late."""
    return judged(make, *rows, **asked).select("appointment", "overdue_days").row(0)


@pytest.mark.parametrize(
    ("seen_on", "expected"),
    [
        ("2026-03-02", ("missed", 21)),  # the same day is the same visit
        ("2026-03-03", ("kept", 0)),
        ("2026-03-10", ("kept", 0)),
        ("2026-03-11", ("late", 1)),
        ("2026-03-24", ("late", LATE_DAYS)),
        ("2026-03-25", ("missed", LATE_DAYS + 1)),
        ("2026-04-01", ("missed", 21)),  # not known yet
    ],
)
def test_the_next_visit_to_the_customer_decides(make, seen_on, expected):
    next_visit = make.visit("V2", seen_on, customer_id="C1", rep_id="R2")
    assert fate(make, agreed(make), next_visit) == expected


def test_a_task_or_another_customers_visit_does_not_keep_it(make):
    others = [
        make.visit("V2", "2026-03-05", customer_id="C1", kind="task", is_visit=False),
        make.visit("V3", "2026-03-05", customer_id="C2"),
        make.visit("V4", "2026-03-05"),
    ]
    assert fate(make, agreed(make), *others) == ("missed", 21)


def test_on_its_day_and_before_it_is_not_due(make):
    assert fate(make, agreed(make, "2026-03-31")) == ("not_due", 0)
    assert fate(make, agreed(make, "2026-04-20")) == ("not_due", 0)
    assert fate(make, agreed(make, "2026-03-30")) == ("missed", 1)


def test_a_visit_brought_forward_keeps_what_is_not_due_yet(make):
    early = make.visit("V2", "2026-03-20", customer_id="C1")
    assert fate(make, agreed(make, "2026-04-20"), early) == ("kept", 0)


def test_the_customer_of_the_deal_counts_where_the_visit_names_none(make):
    rows = [
        make.deal("D1", customer_id="C1"),
        make.visit("V1", "2026-03-02", deal_id="D1", next_on="2026-03-10"),
        make.visit("V2", "2026-03-09", deal_id="D1"),
    ]
    assert fate(make, *rows) == ("kept", 0)


def test_without_a_customer_nothing_can_be_checked(make):
    rows = [make.visit("V1", "2026-03-02", next_on="2026-03-10"), make.visit("V2", "2026-03-09")]
    assert fate(make, *rows)[0] == "unchecked"


def test_a_day_that_is_not_after_the_visit_is_no_appointment(make):
    rows = [agreed(make, "2026-03-02"), make.visit("V2", "2026-03-05", next_on="2026-03-04")]
    assert judged(make, *rows).is_empty()


def test_the_period_is_that_of_the_day_agreed(make):
    assert judged(make, agreed(make), until="2026-03-10").is_empty()
    assert judged(make, agreed(make), since="2026-03-10", until="2026-03-11").height == 1


def test_groups_count_every_appointment_once(make):
    rows = [
        agreed(make, rep_id="R1"),
        make.visit("V2", "2026-03-09", customer_id="C1", rep_id="R2", next_on="2026-03-12"),
        make.visit("V3", "2026-03-20", customer_id="C1", rep_id="R2", next_on="2026-04-12"),
        make.visit("V4", "2026-03-20", rep_id="R2", next_on="2026-04-12"),
    ]
    query = make.query(as_of=AS_OF, by="rep")
    found = appointments.by_dimension(make.build(*rows), query).collect()
    counts = ("group", "due", "kept", "late", "missed", "kept_rate", "not_due", "unchecked")
    assert found.select(counts).rows() == [
        ("R1", 1, 1, 0, 0, 1.0, 0, 0),
        ("R2", 1, 0, 1, 0, 0.0, 1, 1),
    ]


def by_hand(visits, visit, as_of):
    """The same by a walk over all visits."""
    if visit["customer_id"] is None:
        return "unchecked"
    seen = [
        other["visited_on"]
        for other in visits
        if other["customer_id"] == visit["customer_id"]
        and visit["visited_on"] < other["visited_on"] <= as_of
    ]
    if seen and min(seen) <= visit["next_on"]:
        return "kept"
    if visit["next_on"] >= as_of:
        return "not_due"
    limit = visit["next_on"] + timedelta(days=LATE_DAYS)
    return "late" if seen and min(seen) <= limit else "missed"


@pytest.mark.parametrize("seed", range(3))
def test_a_walk_over_all_visits_says_the_same(make, seed):
    rng = random.Random(seed)
    rows = []
    for number in range(150):
        on = date(2026, 1, 1) + timedelta(days=rng.randint(0, 120))
        ahead = rng.choice((None, timedelta(days=rng.randint(1, 30))))
        about = {"customer_id": rng.choice((None, *(f"C{n}" for n in range(12))))}
        rows.append(make.visit(f"V{number:03}", on, next_on=ahead and on + ahead, **about))
    query = make.query(as_of=AS_OF)
    found = appointments.appointment_rows(make.build(*rows), query).collect()
    visits = [row.values for row in rows if row.values["visited_on"] <= query.as_of]
    expected = {
        visit["visit_id"]: by_hand(visits, visit, query.as_of)
        for visit in visits
        if visit["next_on"]
    }
    assert dict(found.select("visit_id", "appointment").rows()) == expected
    assert set(expected.values()) == set(APPOINTMENTS)

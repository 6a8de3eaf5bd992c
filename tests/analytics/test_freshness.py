from datetime import date

import pytest
from polars.testing import assert_frame_equal

from analytics import at_risk, freshness


@pytest.fixture
def cared(make):
    """The row of customer C1."""

    def cared(*rows, customer=None, **asked):
        frames = make.build(make.customer("C1", **(customer or {})), *rows)
        return freshness.looked_after(frames, make.query(**asked)).collect().row(0, named=True)

    return cared


@pytest.mark.parametrize(("as_of", "is_dormant"), [("2026-05-03", False), ("2026-05-04", True)])
def test_a_customer_is_dormant_after_so_many_days_without_visit_and_order(
    make, cared, as_of, is_dormant
):
    rows = [
        make.visit("V1", "2026-03-04", customer_id="C1"),
        make.visit("V2", "2026-03-20", customer_id="C1", is_visit=False),
        make.deal("D1", customer_id="C1", opened_on="2026-03-25"),
    ]
    assert cared(*rows, as_of=as_of)["is_dormant"] is is_dormant
    days = (date.fromisoformat(as_of) - date(2026, 3, 4)).days
    assert cared(*rows, as_of=as_of, idle_days=days)["is_dormant"] is False
    assert cared(*rows, as_of=as_of, idle_days=days - 1)["is_dormant"] is True


def test_an_order_wakes_a_customer(make, cared):
    rows = [make.visit("V1", "2026-01-04", customer_id="C1")]
    rows.append(make.won("D1", "2026-06-01", customer_id="C1"))
    assert (cared(*rows)["idle_days"], cared(*rows)["is_dormant"]) == (29, False)


@pytest.mark.parametrize(
    ("created_on", "idle_days", "is_dormant"),
    [("2026-06-01", 29, False), ("2026-01-01", 180, True), (None, None, True)],
)
def test_without_a_contact_silence_begins_with_the_record(cared, created_on, idle_days, is_dormant):
    row = cared(customer={"created_on": created_on})
    assert (row["idle_days"], row["is_dormant"], row["last_contact_on"]) == (
        idle_days,
        is_dormant,
        None,
    )


def test_a_customer_given_up_is_neither_dormant_nor_stale(cared):
    row = cared(customer={"tracking": "abandoned"})
    assert (row["is_dormant"], row["is_fresh"]) == (False, None)
    assert cared(customer={"tracking": "reserved"})["is_fresh"] is None


def test_a_customer_recorded_later_is_not_there_yet(make):
    rows = [make.customer("C1", created_on="2026-05-01"), make.customer("C2")]
    rows.append(make.customer("C3", created_on="2026-05-01"))  # visited before it was recorded
    rows.append(make.visit("V1", "2026-04-01", customer_id="C3"))
    frames = make.build(*rows)
    found = freshness.looked_after(frames, make.query(as_of="2026-04-30")).collect()
    assert sorted(found["customer_id"]) == ["C2", "C3"]


@pytest.mark.parametrize("kind", ["visit", "opened", "moved", "lost"])
@pytest.mark.parametrize(("day", "is_fresh"), [("2026-06-01", True), ("2026-05-31", False)])
def test_a_touch_of_this_month_keeps_a_customer_fresh(make, cared, kind, day, is_fresh):
    rows = {
        "visit": [make.visit("V1", day, customer_id="C1")],
        "opened": [make.deal("D1", customer_id="C1", opened_on=day)],
        "moved": [
            make.deal("D1", customer_id="C1", opened_on="2026-01-01", stage="quote"),
            make.event("D1", 1, "quote", day),
        ],
        "lost": [make.lost("D1", day, customer_id="C1")],
    }[kind]
    row = cared(*rows)
    assert (str(row["last_touch_on"]), row["is_fresh"]) == (day, is_fresh)


def test_freshness_is_of_active_customers_per_who_is_responsible(make):
    rows = [
        make.rep("R1", rep="Li"),
        make.customer("C1", owner_rep_id="R1"),
        make.visit("V1", "2026-06-02", customer_id="C1"),
        make.customer("C2", owner_rep_id="R1", tracking="potential"),
        make.customer("C3", owner_rep_id="R1", tracking="reserved"),
        make.customer("C4"),
    ]
    found = freshness.freshness(make.build(*rows), make.query()).collect()
    assert found.rows() == [("R1", "Li", 2, 1, 1, 0.5), (None, None, 1, 0, 1, 0.0)]


@pytest.mark.parametrize("rows", (0, 4), indirect=True, ids="seed{}".format)
@pytest.mark.parametrize("by", freshness.GROUPS)
def test_groups_add_up_to_the_lists(make, rows, by):
    frames, query = make.build(*rows), make.query(by=by)
    groups = freshness.freshness(frames, query).collect()
    every = freshness.looked_after(frames, query).collect()
    assert groups["customers"].sum() == every["is_fresh"].count()
    assert groups["stale"].sum() == freshness.stale(frames, query).collect().height
    assert freshness.dormant(frames, query).collect().height == every["is_dormant"].sum()
    at_risk_ids = at_risk.at_risk(frames, query).collect()["customer_id"]
    assert set(every.filter("is_at_risk")["customer_id"]) == set(at_risk_ids)


@pytest.mark.parametrize("entry", freshness.REPORTS, ids=lambda r: r.name)
def test_neither_row_order_nor_later_records_matter(make, rows, entry):
    query = make.query(as_of="2026-01-31")
    result = entry.make(make.build(*rows), query).collect()
    assert_frame_equal(entry.make(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(entry.make(make.build(*known), query).collect(), result)

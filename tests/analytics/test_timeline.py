import json

import polars as pl
from polars.testing import assert_frame_equal

from analytics import listing, timeline


def events(make, rows, **asked):
    """Day, event and stage of what happened, the latest first."""
    found = timeline.timeline(make.build(make.customer("C1"), *rows), make.query(**asked)).collect()
    return [
        (str(day), *rest) for day, *rest in found.select("happened_on", "event", "stage").rows()
    ]


def reopened(make):
    """Lost on 1 March, opened again on 1 April, won on 1 May."""
    return [
        make.won("D1", "2026-05-01", customer_id="C1", opened_on="2026-01-10"),
        make.event("D1", 1, "lead", "2026-01-10"),
        make.event("D1", 2, "quote", "2026-02-01"),
        make.event("D1", 3, "quote", "2026-02-09"),
        make.event("D1", 4, "lost", "2026-03-01"),
        make.event("D1", 5, "quote", "2026-04-01"),
        make.event("D1", 6, "won", "2026-05-01"),
    ]


def report(make, report_id, projects, **values):
    known = {"submitted_on": "2026-02-06", "projects": json.dumps(projects)}
    return make.work_report(report_id, "R1", "2026-02-02", **(known | values))


def test_a_deal_is_opened_moves_and_closes_as_often_as_it_did(make):
    assert events(make, reopened(make)) == [
        ("2026-05-01", "won", None),
        ("2026-04-01", "moved", "quote"),
        ("2026-03-01", "lost", "lost"),
        ("2026-02-01", "moved", "quote"),
        ("2026-01-10", "opened", None),
    ]


def test_the_past_ends_with_as_of(make):
    assert events(make, reopened(make), as_of="2026-03-31", since="2026-02-02") == [
        ("2026-03-01", "lost", None)
    ]


def test_an_order_has_its_day_and_a_deal_without_history_its_ends(make):
    rows = [
        make.won("D1", "2026-03-01", customer_id="C1", opened_on=None),
        make.lost("D2", "2026-04-01", customer_id="C1", opened_on="2026-02-01"),
    ]
    assert events(make, rows) == [
        ("2026-04-01", "lost", None),
        ("2026-03-01", "won", None),
        ("2026-02-01", "opened", None),
    ]


def test_visits_are_events_of_their_kind_also_through_a_deal(make):
    rows = [
        make.deal("D1", customer_id="C1", opened_on="2026-01-01", deal="Line 2"),
        make.visit("V1", "2026-02-03", deal_id="D1", kind="demo"),
        make.visit("V2", "2026-02-04", customer_id="C1", kind="email", is_visit=False),
        make.visit("V3", "2026-02-05", customer_id="C2"),
    ]
    frames = make.build(make.customer("C1"), *rows)
    found = timeline.timeline(frames, make.query(customer="C1")).collect()
    assert found.select("event", "visit_id", "deal", "customer").rows() == [
        ("demo", "V1", "Line 2", "C1"),
        ("opened", None, "Line 2", "C1"),
    ]


def test_a_submitted_report_tells_of_the_customers_of_its_deals(make):
    rows = [
        make.customer("C1"),
        make.deal("D1", customer_id="C1", opened_on="2026-01-01"),
        make.deal("D2", customer_id="C2", opened_on="2026-01-01"),
        report(make, "W1", [{"deal_id": "D1", "note": "Quoted"}, {"deal_id": "D2", "note": "-"}]),
        report(make, "W2", [{"deal_id": "D1", "note": "Draft"}], status="draft"),
        report(make, "W3", [{"deal_id": "D1", "note": "Later"}], submitted_on="2026-07-01"),
        report(make, "W4", []),
        make.work_report("W5", "R1", "2026-02-02", submitted_on="2026-02-06"),
    ]
    found = timeline.timeline(make.build(*rows), make.query(customer="C1")).collect()
    told = found.filter(pl.col("event") == "reported")
    assert told.select("report_id", "note", "rep").rows() == [("W1", "Quoted", "R1")]


def test_events_of_one_day_follow_what_leads_to_what(make):
    rows = [
        make.won("D1", "2026-02-06", customer_id="C1", opened_on="2026-02-06"),
        make.event("D1", 1, "lead", "2026-02-06"),
        make.event("D1", 2, "quote", "2026-02-06"),
        make.event("D1", 3, "won", "2026-02-06"),
        make.visit("V1", "2026-02-06", customer_id="C1"),
        report(make, "W1", [{"deal_id": "D1", "note": "Won"}]),
    ]
    assert [event for _, event, _ in events(make, rows)] == [
        *("reported", "won", "moved", "visit", "opened")
    ]


def test_every_visit_and_closing_is_there_once(make, rows):
    frames, query = make.build(*rows), make.query(since="2025-06-01", until="2026-04-01")
    found = timeline.timeline(frames, query).collect()
    visits = listing.visits(frames, query).collect().drop_nulls("customer_id")
    assert sorted(found.filter(pl.col("event") == "visit")["visit_id"]) == sorted(
        visits["visit_id"]
    )
    whole = timeline.timeline(frames, make.query()).collect()
    deals = frames["deals"].collect().drop_nulls("customer_id")
    for status in ("won", "lost"):
        closed = deals.filter(pl.col("status") == status)
        standing = closed.select("deal_id", happened_on="closed_on")
        ends = whole.filter(pl.col("event") == status, pl.col("stage").is_null())
        assert_frame_equal(ends.select("deal_id", "happened_on"), standing, check_row_order=False)


def test_neither_row_order_nor_later_records_matter(make, rows):
    query = make.query(as_of="2026-01-31")
    result = timeline.timeline(make.build(*rows), query).collect()
    assert_frame_equal(timeline.timeline(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(timeline.timeline(make.build(*known), query).collect(), result)

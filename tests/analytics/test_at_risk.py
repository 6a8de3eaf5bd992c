from itertools import pairwise
from statistics import median

import polars as pl
import pytest

from analytics import at_risk


@pytest.fixture
def contacted(make):
    """The row of customer C1, None without contact."""

    def contacted(*rows, **asked):
        frames = make.build(make.customer("C1", owner_rep_id="R1"), *rows)
        found = at_risk.contacted(frames, make.query(**asked)).collect()
        return found.row(0, named=True) if found.height else None

    return contacted


def visits(make, *days, **values):
    return [make.visit(f"V{day}", day, **({"customer_id": "C1"} | values)) for day in days]


def test_a_contact_is_a_day_with_a_visit_or_an_order(make, contacted):
    row = contacted(
        *visits(make, "2026-05-01", "2026-05-11"),
        make.visit("V8", "2026-05-11", customer_id="C1", rep_id="R2"),  # the same day once
        make.visit("V9", "2026-05-20", customer_id="C1", is_visit=False),
        make.won("D1", "2026-06-10", customer_id="C1", amount=7_000),
        make.lost("D2", "2026-06-20", customer_id="C1"),
    )
    assert (row["contacts"], row["usual_gap_days"], row["since_days"]) == (3, 20.0, 20)
    assert str(row["last_visit_on"]) == "2026-05-11"
    assert str(row["last_order_on"]) == str(row["last_contact_on"]) == "2026-06-10"
    assert (row["is_at_risk"], row["won_amount"]) == (False, 7_000)


@pytest.mark.parametrize(("as_of", "is_at_risk"), [("2026-06-20", False), ("2026-06-21", True)])
def test_the_risk_begins_after_twice_the_usual_gap(make, contacted, as_of, is_at_risk):
    days = visits(make, "2026-05-31", "2026-05-11", "2026-05-21")
    again = make.visit("V8", "2026-05-21", customer_id="C1")  # a gap of 0 is none
    later = make.visit("V9", "2026-06-22", customer_id="C1")  # not known yet
    row = contacted(*days, again, later, as_of=as_of)
    assert (row["usual_gap_days"], row["is_at_risk"]) == (10, is_at_risk)


def test_half_days_of_a_usual_gap_count(make, contacted):
    days = visits(make, "2026-06-01", "2026-06-02", "2026-06-04")  # gaps 1 and 2
    assert contacted(*days, as_of="2026-06-07")["is_at_risk"] is False
    assert contacted(*days, as_of="2026-06-08")["is_at_risk"] is True


def test_two_contacts_are_no_habit(make, contacted):
    row = contacted(*visits(make, "2026-01-01", "2026-01-02"))
    assert row["usual_gap_days"] is row["is_at_risk"] is None
    assert contacted() is None


def test_a_visit_that_names_no_customer_was_made_to_its_deals(make, contacted):
    row = contacted(make.deal("D1", customer_id="C1"), make.visit("V1", deal_id="D1"))
    assert row["contacts"] == 1


def test_a_customer_given_up_is_not_at_risk(make):
    rows = [make.customer("C1", tracking="abandoned"), make.customer("C2")]
    for who in ("C1", "C2"):
        rows += [make.visit(f"{who}{n}", f"2026-01-0{n}", customer_id=who) for n in (1, 2, 3)]
    found = at_risk.at_risk(make.build(*rows), make.query()).collect()
    assert found["customer_id"].to_list() == ["C2"]


def test_without_an_owner_the_last_contact_is_responsible(make):
    rows = [make.customer("C1"), make.member("R2", "South"), *visits(make, "2026-05-01")]
    rows += visits(make, "2026-06-01", rep_id="R2")
    for asked, found in (({"rep": "R2"}, 1), ({"team": "South"}, 1), ({"rep": "R1"}, 0)):
        assert at_risk.contacted(make.build(*rows), make.query(**asked)).collect().height == found


def test_a_product_filter_keeps_customers_with_such_a_deal(make):
    rows = [make.deal("D1", customer_id="C1", product="Lathe")]
    rows += [make.customer(c) for c in ("C1", "C2")]
    rows += [make.visit(f"V{c}", customer_id=c) for c in ("C1", "C2")]
    found = at_risk.contacted(make.build(*rows), make.query(product="Lathe")).collect()
    assert found["customer_id"].to_list() == ["C1"]


def test_who_ordered_most_comes_first(make):
    rows = [make.won("D1", "2026-01-09", customer_id="C2")]
    for who in ("C1", "C2", "C0"):
        rows += [make.customer(who)]
        rows += [make.visit(f"{who}{n}", f"2026-01-0{n}", customer_id=who) for n in (1, 2, 3)]
    found = at_risk.at_risk(make.build(*rows), make.query()).collect()
    assert found["customer_id"].to_list() == ["C2", "C0", "C1"]


def test_every_customer_equals_a_recount(make, rows):
    deals = {r.values["deal_id"]: r.values for r in rows if r.table == "deals"}
    days = {}
    for row in (r.values for r in rows if r.table == "visits" and r.values["is_visit"]):
        of_deal = deals.get(row["deal_id"], {}).get("customer_id")
        days.setdefault(row["customer_id"] or of_deal, set()).add(row["visited_on"])
    for row in deals.values():
        if row["status"] == "won":
            days.setdefault(row["customer_id"], set()).add(row["closed_on"])
    days.pop(None, None)
    ours = at_risk.contacted(make.build(*rows), make.query()).collect()
    assert set(ours["customer_id"]) == days.keys()
    for row in ours.iter_rows(named=True):
        ordered = sorted(days[row["customer_id"]])
        gaps = [(b - a).days for a, b in pairwise(ordered)]
        since = (make.query().as_of - ordered[-1]).days
        usual = median(gaps) if len(gaps) > 1 else None
        assert (row["contacts"], row["since_days"]) == (len(ordered), since)
        assert row["usual_gap_days"] == usual
        assert row["is_at_risk"] is (None if usual is None else since > 2 * usual)


def test_the_order_of_the_rows_does_not_matter(make, rows):
    def found(rows):
        return at_risk.contacted(make.build(*rows), make.query()).collect().sort("customer_id")

    assert found(rows).equals(found(sorted(rows, key=lambda r: str(r.values), reverse=True)))
    assert found(rows)["rep_id"].dtype == pl.Categorical

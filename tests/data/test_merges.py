"""Two customers made one, and taken apart again."""

from datetime import date, datetime

import pytest
from polars.testing import assert_frame_equal

from analytics import catalogue
from analytics.query import Query
from data import entry
from data.actor import Actor
from data.errors import ChangedMeanwhileError, NotAllowedError, RefusedError
from data.records import RECORDS, Contact, Customer, Deal, Rep, Visit
from data.store import DEPARTMENT
from tests.actors import by

DAY = date(2026, 2, 2)


@pytest.fixture
def busy(department, file_record):
    """C1 and C2, each with a contact, a won deal and a visit."""
    for n in (1, 2):
        file_record(Contact, id=f"P{n}", customer_id=f"C{n}", name=f"Contact {n}")
        entry.add_deal(
            department,
            {
                "id": f"D{n}",
                "rep_id": f"R{n}",
                "customer_id": f"C{n}",
                "stage": "won",
                "opened_on": DAY,
                "closed_on": DAY,
                "amount": 1000,
                "cost": 600,
            },
            by("gm"),
            f"deal {n}",
        )
        file_record(
            Visit,
            id=f"V{n}",
            rep_id=f"R{n}",
            customer_id=f"C{n}",
            contact_id=f"P{n}",
            visited_at=datetime(2026, 2, 2, 3),
            minutes=30,
            topic="hello",
        )
    return department


def merge(store, kept="C1", gone="C2", take=(), form_id="m1", who=None, seen=None):
    return entry.merge_customers(store, kept, gone, take, who or by("gm"), form_id, seen)


def undo(store, who=None, form_id="u1"):
    return entry.undo_merge(store, "m1", who or by("gm"), form_id)


def everything(store):
    """All that reads give, but for the moments of change."""
    return {
        name: store.rows(record).drop("updated_at").sort("id") for name, record in RECORDS.items()
    }


def problem(error):
    return error.value.problems.select("field", "code").rows()


def test_the_kept_customer_has_what_both_had(busy):
    merge(busy)
    assert busy.rows(Customer)["id"].to_list() == ["C1"]
    for record in (Contact, Deal, Visit):
        assert set(busy.rows(record)["customer_id"]) == {"C1"}


def test_the_person_chooses_whose_value_stays(busy):
    entry.edit(busy, Customer, "C2", {"region": "江苏", "address": "2 Road"}, by("gm"), "e1")
    entry.edit(busy, Customer, "C1", {"region": "浙江"}, by("gm"), "e2")
    merge(busy, take=("address",))
    kept = busy.rows(Customer).row(0, named=True)
    assert (kept["region"], kept["address"]) == ("浙江", "2 Road")


def test_merge_and_undo_leave_everything_as_it_was(busy):
    before = everything(busy)
    merge(busy, take=("name", "owner_rep_id"))
    undo(busy)
    after = everything(busy)
    for name in RECORDS:
        assert_frame_equal(after[name], before[name])


@pytest.mark.parametrize("name", ["margin", "win-rate", "visit-hours", "rep-ranking"])
def test_what_the_department_won_is_the_same_before_and_after(busy, name):
    query = Query(as_of=date(2026, 3, 2))
    before = catalogue.run(name, busy.frame, query)
    merge(busy)
    after = catalogue.run(name, busy.frame, query)
    assert_frame_equal(
        after.drop("customers", strict=False), before.drop("customers", strict=False)
    )


def test_a_merge_twice_is_one(busy):
    assert merge(busy).is_new
    assert not merge(busy).is_new


def test_customers_that_were_merged_before_go_along_and_come_back(busy, file_record):
    file_record(Customer, id="C3", name="Third")
    entry.merge_customers(busy, "C2", "C3", (), by("gm"), "m0")
    before = everything(busy)
    merge(busy)
    undo(busy)
    for name, rows in everything(busy).items():
        assert_frame_equal(rows, before[name])
    entry.undo_merge(busy, "m0", by("gm"), "u0")
    assert sorted(busy.rows(Customer)["id"]) == ["C1", "C2", "C3"]


def test_undo_is_refused_when_what_was_taken_over_has_changed(busy):
    merge(busy, take=("name",))
    entry.edit(busy, Customer, "C1", {"name": "Renamed"}, by("gm"), "e1")
    with pytest.raises(RefusedError) as error:
        undo(busy)
    assert problem(error) == [("name", "changed_since_merge")]


def test_undo_is_refused_when_a_moved_deal_has_gone_elsewhere(busy, file_record):
    file_record(Customer, id="C3", name="Third")
    merge(busy)
    entry.edit(busy, Deal, "D2", {"customer_id": "C3"}, by("gm"), "e1")
    with pytest.raises(RefusedError) as error:
        undo(busy)
    assert problem(error) == [("customer_id", "moved_since_merge")]


def test_undo_is_refused_once_the_kept_customer_was_merged_itself(busy, file_record):
    file_record(Customer, id="C3", name="Third")
    merge(busy)
    entry.merge_customers(busy, "C3", "C1", (), by("gm"), "m2")
    with pytest.raises(RefusedError) as error:
        undo(busy)
    assert problem(error) == [("kept_id", "merge_went_on")]


def test_undo_works_once(busy):
    merge(busy)
    undo(busy)
    with pytest.raises(RefusedError):
        undo(busy, form_id="u2")


def test_what_was_filed_for_the_kept_one_since_stays_there(busy):
    merge(busy)
    deal = {"id": "D3", "rep_id": "R1", "customer_id": "C1", "opened_on": DAY}
    entry.add_deal(busy, deal, by("gm"), "d3")
    undo(busy)
    assert dict(busy.rows(Deal).select("id", "customer_id").iter_rows()) == {
        "D1": "C1",
        "D2": "C2",
        "D3": "C1",
    }


def test_a_merge_of_what_somebody_changed_meanwhile_is_refused(busy):
    rows = busy.rows(Customer).sort("id")["updated_at"].to_list()
    entry.edit(busy, Customer, "C2", {"region": "江苏"}, by("gm"), "e1")
    with pytest.raises(ChangedMeanwhileError):
        merge(busy, seen=tuple(rows))


def test_what_is_filed_for_a_customer_merged_meanwhile_goes_to_the_kept_one(busy):
    merge(busy)
    deal = {"id": "D3", "rep_id": "R2", "customer_id": "C2", "opened_on": DAY}
    entry.add_deal(busy, deal, by("gm"), "d3")
    assert busy.rows(Deal, ids=["D3"])["customer_id"].item() == "C1"


def test_a_merged_customer_cannot_be_merged_again(busy, file_record):
    file_record(Customer, id="C3", name="Third")
    merge(busy)
    with pytest.raises(RefusedError) as error:
        entry.merge_customers(busy, "C3", "C2", (), by("gm"), "m2")
    assert problem(error) == [("kept_id", "merged_already")]


def test_a_merge_is_in_the_audit_log(busy):
    merge(busy, take=("name",))
    last = busy.audit_rows().tail(8)
    assert set(last["record"]) >= {"Customer", "Deal", "Visit", "Contact", "Merge"}


@pytest.mark.parametrize(
    ("role", "team", "allowed"),
    [
        ("gm", None, True),
        ("assistant", None, True),
        ("manager", "East", False),
        ("rep", "East", False),
    ],
)
def test_only_those_who_may_merge_both_customers(busy, file_record, role, team, allowed):
    file_record(Rep, id="X", name="X", role=role, team=team)
    if allowed:
        assert merge(busy, who=Actor("X")).is_new
        return
    with pytest.raises(NotAllowedError):
        merge(busy, who=Actor("X"))
    assert busy.rows(Customer, DEPARTMENT).height == 2


def test_a_manager_merges_customers_of_the_own_team(busy, file_record):
    file_record(Rep, id="M", name="M", role="manager", team="East")
    file_record(Customer, id="C3", name="Customer 1", owner_rep_id="R1")
    deal = {"id": "D3", "rep_id": "R2", "customer_id": "C3", "opened_on": DAY}
    entry.add_deal(busy, deal, by("gm"), "d3")
    merge(busy, gone="C3", who=Actor("M"))
    assert busy.rows(Deal, ids=["D3"])["customer_id"].item() == "C1"
    assert undo(busy, who=Actor("M")).is_new


def test_nobody_marks_a_customer_as_merged_by_an_edit(busy):
    with pytest.raises(NotAllowedError):
        entry.edit(busy, Customer, "C1", {"merged_into_id": "C2"}, Actor("R1"), "e1")


def test_a_decision_that_two_are_not_one_is_kept_and_can_be_taken_back(busy):
    entry.distinguish(busy, "C2", "C1", by("gm"), "x1")
    assert busy.distinctions()["first_id"].to_list() == ["C1"]
    entry.distinguish(busy, "C1", "C2", by("gm"), "x2", ask_again=True)
    assert busy.distinctions().is_empty()


def test_merges_are_listed_with_the_names_of_both(busy):
    merge(busy)
    listed = busy.merges().row(0, named=True)
    assert (listed["kept"], listed["gone"]) == ("Customer 1", "Customer 2")
    assert (listed["merged_by"], listed["undone_by"]) == ("gm", None)

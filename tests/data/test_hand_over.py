"""Customers and open deals change hands, and nothing of the past does."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from data import entry, permission
from data.actor import Actor
from data.errors import ChangedMeanwhileError, NotAllowedError
from data.records import Customer, Deal, Rep, Visit
from tests.actors import by

DAY = date(2026, 3, 2)


@pytest.fixture
def leaving(department, file_record):
    """R1 leaves: a customer, an open deal, a won one and a visit; R3 is in the same team."""
    file_record(Rep, id="R3", name="Rep 3", team="East")
    file_record(Rep, id="manager", name="Manager", role="manager", team="East")
    for id, stage in (("D1", "quote"), ("D2", "quote")):
        deal = {"id": id, "rep_id": "R1", "customer_id": "C1", "opened_on": DAY, "stage": stage}
        entry.add_deal(department, deal | {"amount": Decimal(9)}, by("gm"), id)
    entry.move_deal(department, "D2", "won", DAY, by("gm"), "won")
    visit = {"rep_id": "R1", "customer_id": "C1", "visited_at": datetime(2026, 3, 1, 2)}
    file_record(Visit, id="V1", **visit, minutes=30, topic="x", outcome="y")
    entry.edit(department, Rep, "R1", {"status": "left"}, by("gm"), "left")
    return department


def _hand_over(store, who, giver="R1", taker="R3", deals=("D1",), form="h"):
    return entry.hand_over(store, giver, taker, ("C1",), deals, Actor(who), form)


def _whose(store):
    deals = dict(store.rows(Deal).select("id", "rep_id").iter_rows())
    owner = store.rows(Customer, ids=["C1"])["owner_rep_id"].item()
    return owner, deals["D1"], deals["D2"], store.rows(Visit)["rep_id"].item()


def test_customers_and_open_deals_go_and_the_past_stays(leaving):
    before = leaving.audit_rows().height
    _hand_over(leaving, "manager")
    assert _whose(leaving) == ("R3", "R3", "R1", "R1")
    told = leaving.audit_rows(after=before)
    assert told.select("action", "record", "id").rows() == [
        ("update", "Customer", "C1"),
        ("update", "Deal", "D1"),
    ]
    scope = permission.scope(leaving.person("R3"))
    assert sorted(leaving.rows(Deal, scope)["id"]) == ["D1", "D2"]  # with their history
    assert leaving.rows(Visit, scope)["id"].to_list() == ["V1"]


def test_a_hand_over_is_taken_back_unless_something_changed_since(leaving):
    _hand_over(leaving, "manager")
    _hand_over(leaving, "manager", "R3", "R1", form="back")
    assert _whose(leaving) == ("R1", "R1", "R1", "R1")
    _hand_over(leaving, "manager", form="again")
    entry.move_deal(leaving, "D1", "lost", DAY, by("gm"), "m", loss_reason="price")
    with pytest.raises(ChangedMeanwhileError):
        _hand_over(leaving, "manager", "R3", "R1", form="late")
    assert _whose(leaving) == ("R3", "R3", "R1", "R1")


def test_closed_deals_and_others_customers_are_not_handed_over(leaving):
    for deals, giver in ((("D1", "D2"), "R1"), (("D1",), "R2")):
        with pytest.raises(ChangedMeanwhileError):
            _hand_over(leaving, "manager", giver, deals=deals)
    assert _whose(leaving) == ("R1", "R1", "R1", "R1")


@pytest.mark.parametrize("role", ["rep", "assistant", "finance", "cost_engineer", "admin"])
def test_only_leaders_hand_over(leaving, file_record, role):
    file_record(Rep, id=role, name=role, role=role, team="East")
    with pytest.raises(NotAllowedError):
        _hand_over(leaving, role)


def test_a_manager_hands_over_within_the_own_team(leaving, file_record):
    file_record(Rep, id="other", name="Other", role="manager", team="West")
    with pytest.raises(NotAllowedError):
        _hand_over(leaving, "other")

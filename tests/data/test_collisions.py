"""Two people change one record: only what both set differently is refused."""

from datetime import date
from decimal import Decimal

import pytest

from data import entry
from data.errors import ChangedMeanwhileError
from data.records import Customer, Deal, Target, WorkReport
from tests.actors import by

SEEN = {"region": None, "address": None, "note": None}


def _edit(store, who, changes, seen=SEEN):
    entry.edit(store, Customer, "C1", changes, by(who), entry.new_form_id(), seen)


def _customer(store):
    return store.rows(Customer, ids=["C1"]).row(0, named=True)


def _collides(*fields):
    def matches(error):
        return error.fields == fields

    return pytest.raises(ChangedMeanwhileError, check=matches)


def test_what_each_changed_alone_is_kept_of_both(department):
    _edit(department, "a", {"region": "East"})
    _edit(department, "b", {"address": "1 East Road"})
    row = _customer(department)
    assert (row["region"], row["address"]) == ("East", "1 East Road")


def test_what_both_changed_is_refused_and_named(department):
    _edit(department, "a", {"region": "East", "note": "a"})
    with _collides("note", "region"):
        _edit(department, "b", {"region": "West", "note": "b", "address": "1 East Road"})
    assert _customer(department)["address"] is None


def test_what_both_set_alike_is_no_collision(department):
    _edit(department, "a", {"region": "East"})
    _edit(department, "b", {"region": " East ", "note": "b"})
    assert _customer(department)["note"] == "b"


def test_whoever_has_seen_the_change_may_replace_it(department):
    _edit(department, "a", {"region": "East"})
    _edit(department, "b", {"region": "West"}, {"region": "East"})
    assert _customer(department)["region"] == "West"


def test_a_deal_that_somebody_moved_elsewhere_is_not_moved_again_unseen(department):
    today = department.today()
    values = {"id": "D1", "rep_id": "R1", "opened_on": today, "amount": Decimal(5)}
    entry.add_deal(department, values, by("a"), "new")
    seen = {"stage": "lead", "amount": Decimal(5), "cost": None}

    def move(form, stage, **given):
        entry.move_deal(department, "D1", stage, today, by("b"), form, **given, seen=seen)

    entry.move_deal(department, "D1", "won", today, by("a"), "won")
    with _collides("stage"):
        move("again", "quote")
    move("alike", "won", cost=Decimal(3))
    with _collides("cost"):
        move("other cost", "won", cost=Decimal(4))
    [deal] = department.rows(Deal).to_dicts()
    assert (deal["stage"], deal["cost"]) == ("won", Decimal(3))


def test_the_second_window_of_a_report_does_not_write_over_the_first(department):
    monday, empty = date(2026, 3, 2), {"summary": None, "plan": None}

    def save(form, **values):
        args = (values, by("R1"), form, False, empty)
        entry.save_report(department, "R1", monday, *args)

    save("first", summary="First window")
    save("second", plan="Second window")
    with _collides("summary"):
        save("third", summary="Second window")
    [report] = department.rows(WorkReport).to_dicts()
    assert (report["summary"], report["plan"]) == ("First window", "Second window")


def test_a_target_that_somebody_set_meanwhile_is_not_replaced_unseen(department):
    row = {"subject_kind": "rep", "subject": "R1", "month": date(2026, 3, 1)}
    unseen = {"rep/R1/2026-03-01": {"amount": None}}

    def put(who, amount, seen=None):
        rows = [{**row, "amount": Decimal(amount)}]
        entry.put(department, Target, rows, by(who), entry.new_form_id(), seen)

    put("a", 100)
    with _collides("amount"):
        put("b", 200, unseen)
    put("b", 100, unseen)  # alike
    assert department.rows(Target)["amount"].to_list() == [Decimal(100)]


def test_settings_that_somebody_changed_meanwhile_are_not_replaced_unseen(department):
    seen = department.settings().model_dump()
    department.save_settings({"currency": "USD", "fiscal_month": 4}, by("a"), seen)
    department.save_settings({"department_en": "Sales", "fiscal_month": 4}, by("b"), seen)
    with _collides("currency"):
        department.save_settings({"currency": "EUR", "fiscal_month": 4}, by("b"), seen)
    settings = department.settings()
    assert (settings.currency, settings.department_en) == ("USD", "Sales")
    assert {n: a.person for n, a in department.settings_authors().items()} == {
        "currency": "a",
        "fiscal_month": "a",
        "department_en": "b",
    }


def test_the_log_tells_who_gave_each_field_its_value(department, load_import):
    _edit(department, "a", {"region": "East", "note": "a"})
    _edit(department, "b", {"region": "West"}, None)
    known = department.authors(Customer, "C1")
    assert (known["region"].person, known["note"].person) == ("b", "a")
    assert known["region"].at == _customer(department)["updated_at"]
    assert department.authors(Customer, "nobody") == {}


def test_what_an_import_changed_is_the_importers(department, load_import):
    load_import("Customer", {"id": "C7", "name": "New", "region": "North"})
    _edit(department, "a", {"note": "a"}, None)  # of C1: nothing to do with it
    entry.edit(department, Customer, "C7", {"note": "b"}, by("b"), entry.new_form_id())
    load_import("Customer", {"id": "C7", "name": "New", "region": "South"})
    known = department.authors(Customer, "C7")
    assert (known["region"].person, known["note"].person) == ("gm", "b")

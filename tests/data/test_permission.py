"""What each role may write: the policy, held against forms."""

import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from data import columns, entry, permission, policy
from data.actor import Actor
from data.errors import NotAllowedError, NotFoundError, RefusedError
from data.frames import Scope
from data.people import Person
from data.records import (
    ROLES,
    Contact,
    Customer,
    Deal,
    DealLine,
    Rep,
    Stage,
    Target,
    Visit,
    WorkReport,
)
from tests.actors import by

DAY = date(2026, 3, 2)


@pytest.fixture
def staffed(department, file_record):
    """The department with two managers, one without a team, and one of each other role."""
    for role in ("gm", "gm_office", "assistant", "cost_engineer", "finance", "admin"):
        file_record(Rep, id=role, name=role, role=role)
    file_record(Rep, id="manager", name="manager", role="manager", team="East")
    file_record(Rep, id="alone", name="alone", role="manager")
    file_record(Deal, id="D1", rep_id="R1", customer_id="C1", opened_on=DAY)
    file_record(Deal, id="D2", rep_id="R2", customer_id="C2", opened_on=DAY)
    return department


def _edit(store, who, record, id, **values):
    entry.edit(store, record, id, values, Actor(who), entry.new_form_id())


@pytest.mark.parametrize(
    ("who", "own", "other"),
    [
        ("gm", True, True),
        ("gm_office", True, True),
        ("assistant", True, True),
        ("manager", True, False),
        ("alone", False, False),
        ("R1", True, False),
        ("R2", False, True),
        ("cost_engineer", False, False),
        ("finance", False, False),
        ("admin", False, False),
    ],
)
def test_a_customer_is_changed_by_whose_reach_it_is_in(staffed, who, own, other):
    for id, is_allowed in (("C1", own), ("C2", other)):
        if is_allowed:
            _edit(staffed, who, Customer, id, address=f"of {who}")
            assert staffed.rows(Customer, ids=[id])["address"].item() == f"of {who}"
        else:
            with pytest.raises(NotAllowedError):
                _edit(staffed, who, Customer, id, address=f"of {who}")


def test_costs_are_written_by_those_who_calculate_or_answer_for_them(staffed):
    for who in ("cost_engineer", "manager", "gm"):
        _edit(staffed, who, Deal, "D1", cost=Decimal(len(who)))
        assert staffed.rows(Deal, ids=["D1"])["cost"].item() == len(who)
    for who in ("R1", "assistant", "finance"):
        with pytest.raises(NotAllowedError):
            _edit(staffed, who, Deal, "D1", cost=Decimal(1))
    with pytest.raises(NotAllowedError):
        _edit(staffed, "cost_engineer", Deal, "D1", amount=Decimal(1))


def test_nothing_is_given_to_somebody_out_of_reach(staffed):
    with pytest.raises(RefusedError) as refused:
        _edit(staffed, "R1", Customer, "C1", owner_rep_id="R2")
    assert refused.value.problems.select("field", "code").row(0) == ("owner_rep_id", "out_of_reach")
    with pytest.raises(RefusedError):
        entry.add_deal(staffed, {"rep_id": "R2", "opened_on": DAY}, Actor("R1"), "f")
    entry.add_deal(staffed, {"rep_id": "R1", "opened_on": DAY}, Actor("R1"), "f")


def test_a_contact_belongs_to_those_who_deal_with_the_customer(staffed, file_record):
    values = {"customer_id": "C2", "name": "Wang"}
    with pytest.raises(NotAllowedError):
        entry.add(staffed, Contact, values, Actor("R1"), "f")
    visit = {"rep_id": "R1", "customer_id": "C2", "visited_at": datetime(2026, 3, 1, 2)}
    file_record(Visit, **visit, minutes=30, topic="x", outcome="y")
    assert entry.add(staffed, Contact, values, Actor("R1"), "f").is_new


def test_targets_are_set_for_the_own_team(staffed):
    def target(kind, subject):
        values = {"subject_kind": kind, "subject": subject, "month": DAY.replace(day=1)}
        entry.add(staffed, Target, values | {"amount": Decimal(9)}, Actor("manager"), f"{subject}")

    target("rep", "R1")
    target("team", "East")
    for kind, subject in (("rep", "R2"), ("team", "West")):
        with pytest.raises(NotAllowedError):
            target(kind, subject)


def test_only_leaders_review(staffed):
    report = {"summary": "a", "problems": "b", "plan": "c", "visits_planned": 1}
    id = entry.save_report(staffed, "R1", DAY, report, Actor("R1"), "f", submit=True).ids[0]
    for who in ("R1", "assistant", "admin", "alone"):
        with pytest.raises(NotAllowedError):
            entry.review_report(staffed, id, Actor(who), f"by {who}", "good")
    entry.review_report(staffed, id, Actor("manager"), "by manager", "good")
    with pytest.raises(RefusedError):
        entry.save_report(staffed, "R2", DAY, report, Actor("R1"), "g", submit=True)


def test_saved_filters_are_everybodys_own(staffed):
    entry.save_filter(staffed, "mine", "period=year", Actor("finance"), "f", is_shared=False)
    with pytest.raises(NotAllowedError):
        entry.save_filter(staffed, "mine", "period=year", Actor("nobody"), "g", is_shared=False)


def test_settings_and_imports_need_their_action(staffed):
    staffed.save_settings({"currency": "EUR"}, Actor("admin"))
    for who in ("R1", "manager", "nobody"):
        with pytest.raises(NotAllowedError):
            staffed.save_settings({"currency": "CNY"}, Actor(who))
        with pytest.raises(NotAllowedError):
            staffed.load({}, actor=Actor(who), origin="import", source="crm")
    assert staffed.settings().currency == "EUR"


def test_who_has_left_writes_nothing_more(staffed, file_record):
    _edit(staffed, "R1", Customer, "C1", address="before")
    entry.edit(staffed, Rep, "R1", {"status": "left"}, Actor("gm"), entry.new_form_id())
    with pytest.raises(NotAllowedError):
        _edit(staffed, "R1", Customer, "C1", address="after")
    assert staffed.person("R1") is None


@pytest.mark.parametrize(
    ("role", "team", "team_seen", "rep_seen"),
    [
        ("gm", None, None, None),
        ("manager", "East", "East", None),
        ("manager", None, None, "P"),
        ("rep", "East", None, "P"),
        ("admin", None, None, "P"),
    ],
)
def test_the_scope_follows_from_the_role(role, team, team_seen, rep_seen):
    scope = permission.scope(Person("P", "Name", role, team, "P"))
    assert (scope.team, scope.rep_id) == (team_seen, rep_seen)


def test_hidden_tables_have_no_rows(staffed):
    scope = permission.scope(Person("P", "Name", "admin"))
    assert staffed.rows(Customer, scope).is_empty()
    assert staffed.frame("deals", scope).is_empty()
    assert staffed.rows(Rep, scope).height == staffed.rows(Rep).height
    assert not staffed.rows(Deal, Scope()).is_empty()


@pytest.fixture
def known(staffed, file_record):
    """A contact of R1's customer with personal fields."""
    personal = {"phone": "13800000000", "age": 45, "relations": "Cousin of the mayor"}
    file_record(Contact, id="P1", customer_id="C1", name="Wang", **personal)
    return staffed


@pytest.mark.parametrize(("who", "is_shown"), [("R1", True), ("assistant", True), ("gm", False)])
def test_personal_fields_are_masked_by_role(known, who, is_shown):
    scope = permission.scope(known.person(who))
    row = known.rows(Contact, scope).row(0, named=True)
    assert row["name"] == "Wang"
    told = (row["phone"], row["age"], row["relations"])
    assert told == (("13800000000", 45, "Cousin of the mayor") if is_shown else (None,) * 3)
    assert known.rows(Contact, scope, match={"phone": "13800000000"}).height == is_shown


def test_personal_fields_are_shown_on_request_and_the_log_says_to_whom(known):
    for who in ("manager", "gm_office", "R1"):
        shown = known.reveal(Contact, "P1", Actor(who, "10.0.0.7"))
        assert (shown["phone"], shown["age"]) == ("13800000000", 45)
        entry = known.audit_rows().row(-1, named=True)
        assert entry["person"] == who
        assert (entry["action"], entry["record"], entry["id"]) == ("view", "Contact", "P1")
        assert json.loads(entry["after"]) == {"fields": ["phone", "age", "relations"]}
        assert entry["place"] == "10.0.0.7"


def test_personal_fields_are_not_shown_out_of_reach_or_to_roles_without_them(known):
    before = known.audit_rows().height
    for who in ("R2", "alone"):
        with pytest.raises(NotFoundError):
            known.reveal(Contact, "P1", Actor(who))
    for who in ("admin", "finance", "cost_engineer", "nobody"):
        with pytest.raises(NotAllowedError):
            known.reveal(Contact, "P1", Actor(who))
    assert known.audit_rows().height == before


def test_looking_at_personal_fields_leaves_the_log_in_order(known):
    known.reveal(Contact, "P1", Actor("manager"))
    assert known.verify().findings == ()


def test_an_entry_names_only_records_within_reach(staffed, file_record):
    file_record(Contact, id="P2", customer_id="C2", name="Li")
    visit = {"rep_id": "R1", "visited_at": datetime(2026, 3, 1, 2), "minutes": 30, "topic": "x"}
    visit |= {"customer_id": "C1", "outcome": "y"}
    others = {"customer_id": "C2", "deal_id": "D2", "contact_id": "P2"}
    for name, id in others.items():
        with pytest.raises(RefusedError) as refused:
            entry.add(staffed, Visit, visit | {name: id}, Actor("R1"), name)
        assert refused.value.problems.select("field", "code").row(0) == (name, "out_of_reach")
    with pytest.raises(RefusedError):
        entry.add_deal(
            staffed, {"rep_id": "R1", "customer_id": "C2", "opened_on": DAY}, Actor("R1"), "f"
        )
    assert staffed.rows(Customer, permission.scope(staffed.person("R1")))["id"].to_list() == ["C1"]
    assert entry.add(staffed, Visit, visit | {"deal_id": "D1"}, Actor("R1"), "g").is_new


def test_whoever_owns_a_customer_sees_what_others_did_there(staffed, file_record):
    file_record(Deal, id="D3", rep_id="R2", customer_id="C1", opened_on=DAY)
    visit = {"visited_at": datetime(2026, 3, 1, 2), "minutes": 30, "topic": "x", "outcome": "y"}
    file_record(Visit, id="V3", rep_id="R2", customer_id="C1", **visit)
    scope = permission.scope(staffed.person("R1"))
    assert sorted(staffed.rows(Deal, scope)["id"]) == ["D1", "D3"]
    assert staffed.rows(Visit, scope)["id"].to_list() == ["V3"]
    with pytest.raises(NotAllowedError):
        _edit(staffed, "R1", Deal, "D3", name="mine now")


@pytest.mark.parametrize(
    ("record", "values"),
    [
        (Rep, {"id": "R8", "name": "new", "role": "gm"}),
        (Rep, {"id": "R9", "name": "new"}),
        (Target, {"id": "rep/R1/2026-03-01", "subject": "R1", "month": DAY.replace(day=1)}),
        (Deal, {"id": "D9", "rep_id": "R1", "cost": Decimal(1)}),
    ],
)
def test_an_import_writes_what_its_actor_may_write(staffed, record, values):
    def load(who, **options):
        types = columns.schema(record)
        rows = pl.DataFrame([values], schema={name: types[name] for name in values})
        frames = {record.__name__: rows}
        said = {"actor": Actor(who), "origin": "import", "source": "x", **options}
        return staffed.load(frames, **said)

    for is_trial in (True, False):
        with pytest.raises(NotAllowedError):
            load("assistant", dry_run=is_trial)
    with pytest.raises(NotAllowedError):
        load("finance")
    assert staffed.imports().is_empty()


def test_an_import_of_others_customers_is_the_assistant_s_and_its_undo_as_well(staffed):
    rows = pl.DataFrame({"id": ["C9"], "name": ["New"], "owner_rep_id": ["R2"]})
    said = {"actor": Actor("assistant"), "origin": "import", "source": "x"}
    staffed.load({"Customer": rows}, **said)
    with pytest.raises(NotAllowedError):
        staffed.load({"Customer": rows}, **said, settings={"currency": "USD"})
    for who in ("R1", "finance"):
        with pytest.raises(NotAllowedError):
            staffed.undo(1, Actor(who))
    staffed.undo(1, Actor("assistant"))
    assert "C9" not in staffed.rows(Customer)["id"].to_list()


def test_an_import_of_people_is_not_undone_by_who_may_not_write_them(staffed):
    rows = pl.DataFrame({"id": ["R9"], "name": ["New"]})
    staffed.load({"Rep": rows}, actor=Actor("gm"), origin="import", source="x")
    with pytest.raises(NotAllowedError):
        staffed.undo(1, Actor("assistant"))
    staffed.undo(1, Actor("gm"))


FIELDS = {  # record -> a field of it, and a value to give it
    Stage: ("name_en", "Renamed"),
    Rep: ("name", "Renamed"),
    Customer: ("address", "Renamed"),
    Contact: ("position", "Renamed"),
    Deal: ("name", "Renamed"),
    DealLine: ("quantity", Decimal(2)),
    Visit: ("topic", "Renamed"),
    Target: ("amount", Decimal(2)),
    WorkReport: ("summary", "Renamed"),
}


@pytest.fixture
def filed(staffed, file_record):
    """One row of every record for each of R1 (East) and R2 (West): their ids."""
    ids = {Stage: ("lead", "quote"), Rep: ("R1", "R2"), Customer: ("C1", "C2"), Deal: ("D1", "D2")}
    at, month = datetime(2026, 3, 1, 2), DAY.replace(day=1)
    for n in "12":
        file_record(Contact, id=f"P{n}", customer_id=f"C{n}", name="Someone")
        visit = {"rep_id": f"R{n}", "customer_id": f"C{n}", "visited_at": at, "minutes": 5}
        file_record(Visit, id=f"V{n}", **visit, topic="x", outcome="y")
    rows = {
        DealLine: [{"deal_id": f"D{n}", "line": 1, "amount": Decimal(9)} for n in "12"],
        Target: [{"subject": f"R{n}", "month": month, "amount": Decimal(9)} for n in "12"],
    }
    made = {record: [file_record(record, **row) for row in given] for record, given in rows.items()}
    words = {"summary": "a", "problems": "b", "plan": "c", "visits_planned": 1}
    made[WorkReport] = [
        entry.save_report(staffed, f"R{n}", DAY, words, by("gm"), f"w{n}", submit=True).ids[0]
        for n in "12"
    ]
    return {**ids, Contact: ("P1", "P2"), Visit: ("V1", "V2"), **made}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_changes_the_records_of_the_table_and_no_others(staffed, filed, role):
    who = {"rep": "R1"}.get(role, role)
    rights = policy.rights(role)
    for record, (field, value) in FIELDS.items():
        for id, is_theirs in zip(filed[record], (True, False), strict=True):
            is_limited = rights.reach in (policy.Reach.OWN, policy.Reach.TEAM)
            may = rights.may_write(record.__name__, field) and (is_theirs or not is_limited)
            before = staffed.rows(record, ids=[id])[field].item()
            if may:
                _edit(staffed, who, record, id, **{field: value})
            else:
                with pytest.raises(NotAllowedError):
                    _edit(staffed, who, record, id, **{field: value})
            assert staffed.rows(record, ids=[id])[field].item() == (value if may else before)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_what_the_table_says_and_nothing_else(staffed, filed, role):
    who, rights = Actor({"rep": "R1"}.get(role, role)), policy.rights(role)
    verbs = {
        "settings": lambda: staffed.save_settings({"currency": "EUR"}, who),
        "import": lambda: staffed.load({}, actor=who, origin="import", source="crm"),
        "hand_over": lambda: entry.hand_over(staffed, "R1", "R1", (), (), who, "h"),
        "review": lambda: entry.read_report(staffed, filed[WorkReport][0], who, "r"),
    }
    for action, verb in verbs.items():
        if rights.may(action):
            verb()
        else:
            with pytest.raises(NotAllowedError):
                verb()
    if rights.personal is policy.Personal.NEVER:
        with pytest.raises(NotAllowedError):
            staffed.reveal(Contact, "P1", who)
    else:
        assert "phone" in staffed.reveal(Contact, "P1", who)


def test_nobody_reviews_their_own_report(staffed, filed):
    report = filed[WorkReport][0]
    read = {"read_at": datetime(2026, 3, 2, 1)}
    for values in ({"comment": "Well done"}, {"reviewed_by": "gm"}, read):
        with pytest.raises(NotAllowedError):
            _edit(staffed, "R1", WorkReport, report, **values)

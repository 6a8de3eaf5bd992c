import ast
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from data import entry, policy
from data.actions import ACTIONS, SUBJECTS
from data.actor import MACHINE, Actor
from data.audit_log import ENTRIES, HIDDEN, Asked
from data.errors import NotAllowedError
from data.records import Contact, Customer, Deal, Rep

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "cli.py", *(ROOT / "data").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
ALL = Asked()


@pytest.fixture
def logged(department, file_record, clock):
    """A log of several days by several people, with a deal, a contact and settings in it."""
    file_record(Rep, id="A1", name="Admin", role="admin")
    file_record(Rep, id="G1", name="Boss", role="gm")
    clock.pass_days(1)
    deal = {"id": "D1", "rep_id": "R1", "opened_on": date(2026, 3, 2), "amount": Decimal(777)}
    entry.add_deal(department, deal, Actor("G1", "10.0.0.7"), "deal")
    clock.pass_days(1)
    contact = {"id": "K1", "customer_id": "C1", "name": "Wang", "phone": "13800138000"}
    entry.add(department, Contact, contact, Actor("G1", "10.0.0.7"), "contact")
    entry.edit(department, Contact, "K1", {"phone": "13900139000"}, MACHINE, "phone")
    entry.edit(department, Deal, "D1", {"amount": Decimal(888)}, MACHINE, "amount")
    department.save_settings({"department_en": "East"}, MACHINE)
    department.note(Actor("G1"), "export", {"file": "deals.csv", "rows": 3}, "Report", "deals")
    return department


def test_the_last_is_read_first_a_page_at_a_time(logged):
    log = logged.audit(MACHINE)
    whole = log.page(ALL, 100)
    assert whole.schema == ENTRIES
    assert whole["seq"].to_list() == sorted(logged.audit_rows()["seq"], reverse=True)
    paged = [log.page(ALL, 4, skip)["seq"].to_list() for skip in range(0, 100, 4)]
    assert [seq for page in paged for seq in page] == whole["seq"].to_list()
    assert log.count(ALL) == whole.height


def test_all_pages_are_read_in_turn(logged, monkeypatch):
    monkeypatch.setattr("data.audit_log.PAGE", 4)
    log = logged.audit(MACHINE)
    seqs = [seq for page in log.pages(ALL) for seq in page["seq"]]
    assert seqs == log.page(ALL, 100)["seq"].to_list()


def test_days_are_those_of_the_department(logged):
    log, zone = logged.audit(MACHINE), logged.settings().zone
    day = date(2026, 3, 3)  # its second, from 16:00 UTC of the first
    asked = ALL.during(day, date(2026, 3, 4), zone)
    assert asked.since == datetime(2026, 3, 2, 16)
    assert log.page(asked, 100)["record"].to_list() == ["StageEvent", "Deal"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(people=("G1",)), ["export", "insert", "insert", "insert"]),
        (Asked(actions=("settings", "export")), ["export", "settings"]),
        (Asked(records=("Deal",)), ["update", "insert"]),
        (Asked(records=("Deal", "Contact"), actions=("update",)), ["update", "update"]),
        (Asked(id="K1"), ["update", "insert"]),
        (Asked(id="nobody"), []),
        (Asked(since=datetime(2026, 3, 4), actions=("insert",)), ["insert"]),
        (Asked(until=datetime(2026, 3, 4), records=("Deal",)), ["insert"]),
    ],
)
def test_entries_are_filtered(logged, asked, found):
    log = logged.audit(MACHINE)
    assert log.page(asked, 100)["action"].to_list() == found
    assert log.count(asked) == len(found)


def test_an_entry_tells_who_from_where_and_what_differs(logged):
    log = logged.audit(MACHINE)
    changed, added = log.page(Asked(records=("Deal",)), 10).to_dicts()
    assert json.loads(changed["old"]) == {"amount": "777.0000"}
    assert json.loads(changed["new"]) == {"amount": "888.0000"}
    assert (added["person"], added["place"]) == ("G1", "10.0.0.7")
    assert added["old"] is None
    assert json.loads(added["new"])["amount"] == "777.0000"
    assert "product" not in json.loads(added["new"])


def test_personal_values_are_hidden_and_their_change_is_told(logged):
    changed, added = logged.audit(MACHINE).page(Asked(records=("Contact",)), 10).to_dicts()
    assert json.loads(changed["old"]) == json.loads(changed["new"]) == {"phone": HIDDEN}
    assert json.loads(added["new"])["phone"] == HIDDEN
    assert json.loads(added["new"])["name"] == "Wang"


def test_who_may_not_read_sales_reads_none_in_the_log(logged):
    admin = logged.audit(Actor("A1"))
    entries = admin.page(ALL, 100)
    assert entries.height == logged.audit_rows().height
    text = entries.drop("happened_at").write_csv()
    for secret in ("777", "888", "D1", "K1", "C1", "Customer 1", "deals.csv", "Wang", HIDDEN):
        assert secret not in text
    assert admin.count(Asked(id="D1")) == 0
    about_reps = admin.page(Asked(records=("Rep",)), 10)
    assert "Boss" in about_reps["new"].str.join().item()
    assert "East" in admin.page(Asked(actions=("settings",)), 10)["new"].item()
    boss = logged.audit(Actor("G1")).page(Asked(records=("Deal",)), 10)
    assert "888" in boss["new"].str.join().item()


@pytest.mark.parametrize("role", policy.ROLES)
def test_only_roles_with_the_audit_open_it(department, file_record, role):
    file_record(Rep, id="X1", name="Somebody", role=role)
    if policy.rights(role).may("audit"):
        assert department.audit(Actor("X1")).count(ALL) > 0
    else:
        with pytest.raises(NotAllowedError):
            department.audit(Actor("X1"))


def test_everybody_in_the_log_can_be_chosen(logged):
    assert {"G1", "gm", "local"} <= set(logged.audit(MACHINE).people())


def test_a_customer_of_the_log_is_no_formula_of_sql(logged):
    assert logged.audit(MACHINE).count(Asked(id="' OR true --")) == 0


def _logged_actions():
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node) in ("log", "note"):
                choices = (a for a in node.args[1:3] if isinstance(a, ast.Constant | ast.IfExp))
                texts = (c.value for choice in choices for c in ast.walk(choice) if _is_text(c))
                yield from (text for text in texts if text.replace("_", "").islower())


def _name(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_the_actions_are_those_that_are_logged():
    assert set(_logged_actions()) == set(ACTIONS)


def test_every_subject_has_words_in_both_languages():
    for words in [*ACTIONS.values(), *SUBJECTS.values()]:
        assert words("zh") != words("en")
    assert Customer.__name__ in SUBJECTS

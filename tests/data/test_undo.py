"""An import and its undo leave the store as it was; what is in the way is named."""

import random
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from data import columns, demo, entry
from data.compare import CHOICES
from data.errors import (
    ImportUndoneError,
    NoSuchImportError,
    TooOldError,
    UndoRefusedError,
)
from data.import_log import KEPT_DAYS
from data.records import RECORDS, Customer, Deal, DealLine, Membership, Rep, Target, Visit
from data.store import Store
from data.undoing import BLOCKS
from tests import running
from tests.actors import by

GM, LI = by("gm"), by("Li")
OTHERS = ("hand_edits", "saved_filters")


def contents(store):
    """Every table but what the store keeps about itself, as the file has it."""
    with store._connection.cursor() as cursor:
        return {
            table: cursor.sql(f"SELECT * FROM {table} ORDER BY ALL").pl()
            for table in [*(record.TABLE for record in RECORDS.values()), *OTHERS]
        }


def same(one, other):
    assert one.keys() == other.keys()
    for table, rows in one.items():
        assert rows.equals(other[table]), table


def number(store):
    return store.imports()["number"][0]


def blocks(store):
    return store.undoing(number(store)).blocks


def customers(*rows):
    return dict.fromkeys(["Customer"], frame(Customer, *rows))


def frame(record, *rows):
    types = columns.schema(record)
    return pl.DataFrame(rows, schema={name: types[name] for name in rows[0]}, orient="row")


def bring(store, frames, **options):
    return store.load(frames, actor=GM, origin="import", source="crm", **options)


# ---- as it was before


def test_what_an_import_brought_goes_and_what_it_changed_is_as_before(department, clock):
    bring(
        department, customers({"id": "C8", "name": "Former", "registered_capital": Decimal("1.5")})
    )
    before, settings = contents(department), department.settings()
    clock.pass_days(1)
    rows = [
        {"id": "C8", "name": "Another", "region": "江苏"},
        {"id": "C9", "name": "New", "region": None},
    ]
    result = bring(department, customers(*rows), settings={"currency": "USD"})
    assert result.number == number(department) == 2
    undone = department.undo(2, GM)
    assert (undone.removed, undone.restored) == ({"Customer": 1}, {"Customer": 1})
    same(before, contents(department))
    assert department.settings() == settings
    assert department.verify().findings == ()
    last = department.audit_rows()["action"].to_list()
    assert last.count("undo_load") == 1
    row = department.imports().row(0, named=True)
    assert (row["undone_by"], row["can_undo"]) == ("gm", False)


def test_what_follows_from_an_import_goes_with_it(department, clock):
    file = {"rep_id": "R1", "customer_id": "C1", "opened_on": department.today()}
    entry.add_deal(department, {**file, "id": "D1", "amount": Decimal(5)}, GM, "f1")
    placed = {"id": "R9", "name": "Rep 9", "hired_on": department.today()}
    bring(department, {"Rep": frame(Rep, placed | {"team": "East"})})
    before = contents(department)
    clock.pass_days(1)
    lines = [{"id": f"D1/{n}", "deal_id": "D1", "line": n, "amount": Decimal(n)} for n in (1, 2)]
    moved = frame(Rep, placed | {"team": "West"})
    bring(department, {"Rep": moved, "DealLine": frame(DealLine, *lines)})
    assert department.rows(Deal)["amount"].to_list() == [Decimal(3)]
    assert department.rows(Membership, match={"rep_id": "R9"}).height == 2
    department.undo(2, GM)
    same(before, contents(department))


def test_edits_by_hand_are_noted_as_before(department, clock, load_import):
    for region in ("East", "West", "East"):
        load_import("Customer", *({"id": f"I{n}", "name": "x", "region": region} for n in (1, 2)))
    for n in (1, 2):
        entry.edit(department, Customer, f"I{n}", {"region": "North"}, LI, entry.new_form_id())
    before = contents(department)
    clock.pass_days(1)
    choices = [("Customer", "I1", "region", "keep"), ("Customer", "I2", "region", "take")]
    load_import(
        "Customer",
        *({"id": f"I{n}", "name": "y", "region": "South"} for n in (1, 2)),
        conflicts=pl.DataFrame(choices, schema=CHOICES, orient="row"),
    )
    assert not contents(department)["hand_edits"].equals(before["hand_edits"])
    department.undo(number(department), GM)
    same(before, contents(department))


@pytest.mark.parametrize("seed", range(3))
def test_random_imports_taken_back_last_first_leave_no_trace(department, clock, seed):
    rng = random.Random(seed)
    states = [contents(department)]
    for _ in range(4):
        clock.pass_days(rng.randint(0, 2))
        bring(department, _some(rng))
        states.append(contents(department))
    numbers = department.imports()["number"].to_list()
    for at in numbers:
        states.pop()
        department.undo(at, GM)
        same(states[-1], contents(department))
    assert department.verify().findings == ()


def _some(rng):
    """Rows of a few records, some there already, with what follows from them."""
    reps = [
        {"id": f"R{n}", "name": rng.choice("ab"), "team": rng.choice(["East", "West", None])}
        for n in rng.sample(range(1, 6), 3)
    ]
    rows = [
        {"id": f"C{n}", "name": rng.choice("xyz"), "owner_rep_id": "R1"}
        for n in rng.sample(range(9), 4)
    ]
    deals = [
        {
            "id": f"D{n}",
            "rep_id": rng.choice("12").join(["R", ""]),
            "amount": Decimal(rng.randint(1, 3)),
        }
        for n in range(rng.randint(1, 4))
    ]
    lines = [
        {"id": f"D0/{n}", "deal_id": "D0", "line": n, "amount": Decimal(rng.randint(1, 3))}
        for n in range(1, rng.randint(2, 4))
    ]
    visits = [
        {"id": f"V{n}", "rep_id": "R2", "visited_at": NOON, "minutes": rng.choice([None, 30])}
        for n in rng.sample(range(9), 4)
    ]
    frames = {Rep: reps, Customer: rows, Deal: deals, DealLine: lines, Visit: visits}
    return {record.__name__: frame(record, *said) for record, said in frames.items()}


NOON = columns.utc(running.datetime(2026, 2, 2, 4))


def test_a_second_import_into_a_whole_department_leaves_no_trace(demo_file, tmp_path):
    store = Store(running.copied(demo_file, tmp_path / "own.duckdb"))
    store.save_settings({"is_demo": False}, GM)
    before = contents(store)
    frames = {}
    for name, record in RECORDS.items():
        rows = store.rows(record).select(columns.schema(record).names())
        new = rows.head(20).with_columns(id="new-" + pl.col("id"))
        frames[name] = pl.concat([_altered(record, rows), new]).unique("id", keep="first")
    result = bring(store, frames)
    assert sum(count.changed for count in result.counts.values()) > 1000
    store.undo(result.number, GM)
    same(before, contents(store))
    assert store.verify().findings == ()
    store.close()


def _altered(record, rows):
    texts = [f.name for f in record.fields() if f.name in ("note", "topic", "product", "plan")]
    money = [f.name for f in record.fields() if f.type is Decimal]
    return rows.with_columns(
        *(pl.lit("altered").alias(name) for name in texts),
        *((pl.col(name) + Decimal("0.0001")).cast(pl.Decimal(18, 4)) for name in money),
    )


def test_the_import_that_replaced_the_demo_leaves_an_empty_one(demo_file, tmp_path):
    store = Store(running.copied(demo_file, tmp_path / "demo.duckdb"))
    settings = store.settings()
    bring(store, customers({"id": "C1", "name": "Own"}), replace_demo=True)
    assert not store.settings().is_demo
    assert store.undoing(1).replaced_demo
    store.undo(1, GM)
    assert store.is_empty()
    assert store.settings() == settings
    demo.fill(store, store.today())
    store.close()


# ---- what is in the way


def test_a_row_that_somebody_changed_since_is_in_the_way(department, clock):
    bring(department, customers({"id": "C8", "name": "a"}, {"id": "C9", "name": "b"}))
    clock.pass_days(1)
    entry.edit(department, Customer, "C9", {"note": "called"}, LI, entry.new_form_id())
    before = contents(department)
    with pytest.raises(UndoRefusedError) as refused:
        department.undo(1, GM)
    assert refused.value.blocks.rows() == [("Customer", "C9", "changed_since", None, None)]
    same(before, contents(department))
    assert department.imports()["can_undo"].to_list() == [True]


def test_a_row_that_refers_to_the_import_is_in_the_way(department, file_record):
    bring(
        department,
        customers({"id": "C9", "name": "b"}) | {"Rep": frame(Rep, {"id": "R9", "name": "z"})},
    )
    values = {"rep_id": "R1", "visited_at": NOON, "minutes": 30, "topic": "x"}
    visit = file_record(Visit, customer_id="C9", **values)
    month = department.today().replace(day=1)
    target = file_record(Target, subject_kind="rep", subject="R9", month=month, amount=Decimal(1))
    assert blocks(department).rows() == [
        ("Visit", visit, "refers_to_imported", "Customer", "C9"),
        ("Target", target, "refers_to_imported", "Rep", "R9"),
    ]


def test_a_team_named_like_an_imported_rep_is_not_in_the_way(department, file_record):
    bring(department, {"Rep": frame(Rep, {"id": "R9", "name": "z"})})
    month = department.today().replace(day=1)
    file_record(Target, subject_kind="team", subject="R9", month=month, amount=Decimal(1))
    assert blocks(department).is_empty()


def test_a_later_import_of_the_same_row_is_undone_first(department, clock):
    for name in ("a", "b"):
        clock.pass_days(1)
        bring(department, customers({"id": "C9", "name": name}))
    found = department.undoing(1).blocks
    assert found.rows() == [("Customer", "C9", "imported_since", None, "2")]
    assert found.schema == BLOCKS
    department.undo(2, GM)
    department.undo(1, GM)
    assert "C9" not in department.rows(Customer)["id"].to_list()


def test_an_import_of_other_rows_since_is_not_in_the_way(department, clock):
    for id in ("C8", "C9"):
        clock.pass_days(1)
        bring(department, customers({"id": id, "name": "a"}))
    department.undo(1, GM)
    assert department.imports()["can_undo"].to_list() == [True, False]


def test_a_setting_that_somebody_set_since_stays(department):
    bring(
        department,
        customers({"id": "C9", "name": "a"}),
        settings={"currency": "USD", "fiscal_month": 4},
    )
    department.save_settings({"currency": "EUR"}, GM)
    department.undo(1, GM)
    assert (department.settings().currency, department.settings().fiscal_month) == ("EUR", 1)


# ---- what cannot be taken back


def test_an_import_is_taken_back_once(department):
    bring(department, customers({"id": "C9", "name": "a"}))
    department.undo(1, GM)
    with pytest.raises(ImportUndoneError):
        department.undo(1, GM)
    with pytest.raises(NoSuchImportError):
        department.undoing(2)


def test_an_import_that_is_too_old_stays(department, clock):
    bring(department, customers({"id": "C8", "name": "a"}))
    clock.pass_days(KEPT_DAYS + 1)
    bring(department, customers({"id": "C9", "name": "a"}))
    with pytest.raises(TooOldError):
        department.undo(1, GM)
    assert department.imports()["can_undo"].to_list() == [True, False]


def test_an_import_that_changes_nothing_is_not_listed(department):
    row = {"id": "C9", "name": "a"}
    assert bring(department, customers(row)).number == 1
    assert bring(department, customers(row)).number is None
    assert bring(department, customers(row | {"name": "b"}), dry_run=True).number is None
    assert department.imports().height == 1


# ---- saved mappings


def test_a_mapping_is_kept_under_its_name(department, clock):
    department.save_mapping("crm", "a = 1", GM)
    department.save_mapping("crm", "a = 1", GM)
    clock.now += timedelta(hours=1)
    department.save_mapping("crm", "a = 2", GM)
    assert department.mappings() == {"crm": "a = 2"}
    rows = department.audit_rows().filter(pl.col("action") == "save_mapping")
    assert rows["id"].to_list() == ["crm", "crm"]

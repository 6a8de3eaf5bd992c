from decimal import Decimal

import polars as pl
import pytest

from data import columns, entry
from data.compare import CONFLICTS
from data.importing import conflict_file
from data.importing.errors import ConflictFileError
from data.records import Customer, Deal, Rep
from data.store import Store
from tests.actors import by
from tests.data.exports import BASE, CUSTOMERS, counted

DEALS = """
    [[deal]]
    file = "deals.csv"
    columns = { id = "id", rep_id = "rep", amount = "amount", source = "source" }
"""
HEADER = "id,rep,amount,source\n"


@pytest.fixture
def exported(export):
    """Two deals, imported once."""
    export.says(BASE, DEALS).has("deals.csv", HEADER + "D1,R1,5,web\nD2,R2,7,fair\n").run()
    return export


def load_demo(store: Store) -> None:
    """A demo department of one rep and two customers."""
    reps = columns.frame(Rep, [{"id": "R9", "name": "Demo"}])
    customers = [{"id": f"K{n}", "name": f"Demo {n}", "owner_rep_id": "R9"} for n in (1, 2)]
    frames = {"Rep": reps, "Customer": columns.frame(Customer, customers)}
    store.load(frames, actor=by("demo"), origin="demo", source="demo")


def edit(export, deal: str, **changes: object) -> None:
    entry.edit(export.store, Deal, deal, changes, by("gm"), entry.new_form_id())


def amounts(export) -> dict[str, Decimal]:
    return dict(export.store.rows(Deal).select("id", "amount").iter_rows())


def test_the_same_export_twice_changes_nothing(exported):
    versions, tail = exported.store.versions(), exported.store.audit_rows()["seq"].to_list()
    result = exported.run()
    assert counted(result, "Deal") == (0, 0, 2, 0)
    assert exported.store.versions() == versions
    assert exported.store.audit_rows()["seq"].to_list() == tail


def test_a_later_export_adds_and_updates_and_takes_nothing_away(exported):
    exported.has("deals.csv", HEADER + "D2,R2,9,fair\nD3,R1,1,web\n")
    assert counted(exported.run(), "Deal") == (1, 1, 0, 0)
    assert amounts(exported) == {"D1": 5, "D2": 9, "D3": 1}


def test_what_was_entered_by_hand_stays(exported):
    entry.add(exported.store, Customer, {"name": "Xin Da"}, by("gm"), entry.new_form_id())
    edit(exported, "D1", loss_reason="price")
    result = exported.run()
    assert result.conflicts.is_empty()
    assert exported.store.rows(Deal, ids=["D1"])["loss_reason"].to_list() == ["price"]
    assert exported.store.rows(Customer).height == 1


def test_a_field_edited_by_hand_is_kept_while_the_source_stands_still(exported):
    edit(exported, "D1", amount=Decimal(6))
    result = exported.run()
    assert result.conflicts.is_empty()
    assert amounts(exported)["D1"] == 6


def test_where_both_moved_on_the_conflict_is_listed_and_ours_kept(exported):
    edit(exported, "D1", amount=Decimal(6))
    exported.has("deals.csv", HEADER + "D1,R1,8,web\nD2,R2,7,fair\n")
    result = exported.run()
    assert result.stored
    assert result.conflicts.rows() == [("Deal", "D1", "amount", "6.0000", "8.0000")]
    assert amounts(exported)["D1"] == 6


@pytest.mark.parametrize(("choice", "amount"), [("keep", 6), ("take", 8), ("保留", 6), ("采用", 8)])
def test_the_person_chooses_and_is_not_asked_again(exported, tmp_path, choice, amount):
    edit(exported, "D1", amount=Decimal(6))
    exported.has("deals.csv", HEADER + "D1,R1,8,web\nD2,R2,7,fair\n")
    listed = tmp_path / "conflicts.csv"
    conflict_file.write(listed, exported.run().conflicts)
    listed.write_text(listed.read_text("utf-8-sig").replace("keep", choice), encoding="utf-8")
    assert exported.run(conflicts=listed).conflicts.is_empty()
    assert amounts(exported)["D1"] == amount
    assert exported.run().conflicts.is_empty()
    assert amounts(exported)["D1"] == amount


def test_a_conflict_without_a_choice_stays_open(exported, tmp_path):
    edit(exported, "D1", amount=Decimal(6))
    exported.has("deals.csv", HEADER + "D1,R1,8,web\nD2,R2,7,fair\n")
    listed = tmp_path / "conflicts.csv"
    conflict_file.write(listed, exported.run().conflicts)
    listed.write_text(listed.read_text("utf-8-sig").replace("keep", ""), encoding="utf-8")
    assert exported.run(conflicts=listed).conflicts.height == 1


def test_the_list_of_conflicts_is_safe_in_a_spreadsheet_and_read_back(exported, tmp_path):
    edit(exported, "D1", source="=1+1")
    exported.has("deals.csv", HEADER + "D1,R1,5,-shop\nD2,R2,7,fair\n")
    listed = tmp_path / "conflicts.csv"
    conflict_file.write(listed, exported.run().conflicts)
    assert listed.read_bytes() == (
        "\ufeffrecord,id,field,mine,theirs,choice\r\nDeal,D1,source,'=1+1,'-shop,keep\r\n".encode()
    )
    assert conflict_file.choices(listed).rows() == [("Deal", "D1", "source", "keep")]


@pytest.mark.parametrize("id", ["=D1", "'=D1", "'s-Hertogenbosch", "-1/2"])
def test_an_id_comes_back_from_the_list_of_conflicts_as_it_was(tmp_path, id):
    listed = tmp_path / "conflicts.csv"
    found = pl.DataFrame([("Deal", id, "amount", "1", "2")], CONFLICTS, orient="row")
    conflict_file.write(listed, found)
    assert conflict_file.choices(listed)["id"].to_list() == [id]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("record,id,field\n", "column_missing"),
        ("record,id,field,choice\nDeal,D1,amount,mine\n", "choice_unknown"),
    ],
)
def test_choices_that_are_none_are_refused(exported, tmp_path, content, code):
    listed = tmp_path / "conflicts.csv"
    listed.write_text(content)
    with pytest.raises(ConflictFileError) as error:
        exported.run(conflicts=listed)
    assert [problem.code for problem in error.value.problems] == [code]


def test_a_dry_run_counts_and_keeps_nothing(exported):
    edit(exported, "D1", amount=Decimal(6))
    versions = exported.store.versions()
    exported.says('settings = { currency = "USD" }', BASE, DEALS)
    exported.has("deals.csv", HEADER + "D1,R1,8,web\nD2,R2,9,fair\nD3,R1,1,web\nD4,R9,1,web\n")
    result = exported.run(dry_run=True)
    assert (result.stored, result.dry_run) == (False, True)
    assert counted(result, "Deal") == (1, 1, 1, 1)
    assert result.conflicts.height == 1
    assert result.settings == {"currency": "USD"}
    assert exported.store.versions() == versions
    assert exported.store.settings().currency == "CNY"


def test_the_first_import_replaces_the_demo(export):
    load_demo(export.store)
    export.says(BASE, CUSTOMERS).has("customers.csv", "id,name\nC1,Heng Yuan\n")
    assert export.run(dry_run=True).replaces_demo
    assert export.store.settings().is_demo
    result = export.run()
    assert (result.stored, result.replaces_demo) == (True, True)
    assert not export.store.settings().is_demo
    assert export.store.rows(Customer)["id"].to_list() == ["C1"]
    assert not export.run().replaces_demo


def test_a_refused_import_leaves_the_demo(export):
    load_demo(export.store)
    export.says(BASE, CUSTOMERS).has("customers.csv", "id,name\nC1,\n")
    assert not export.run().stored
    assert export.store.settings().is_demo
    assert export.store.rows(Customer).height == 2


def test_rows_of_the_demo_answer_no_reference(export):
    load_demo(export.store)
    export.says(
        BASE,
        """
        [[customer]]
        file = "customers.csv"
        columns = { id = "id", name = "name", owner_rep_id = "rep" }
        """,
    ).has("customers.csv", "id,name,rep\nC1,Heng Yuan,R9\n")
    assert export.run().rejects["code"].to_list() == ["unknown_reference"]

"""New customers of an import that look like stored ones, and what becomes of them."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data import entry, importing
from data.importing import lookalikes
from data.importing.errors import ConflictFileError
from data.records import Contact, Customer
from tests.actors import by
from tests.data.exports import BASE, counted

MAPPING = """
    [[customer]]
    file = "customers.csv"
    columns = { id = "id", name = "name", address = "address" }

    [[contact]]
    file = "contacts.csv"
    columns = { id = "id", customer_id = "customer", name = "name", phone = "phone" }
"""
CUSTOMERS = "id,name,address\nS1,苏州恒远精密机械股份有限公司,狮山路1号\nS2,无锡另一家公司,\n"
CONTACTS = "id,customer,name,phone\nP1,S1,王,\nP2,S2,李,\n"


@pytest.fixture
def again(export):
    """A department with a customer entered by hand, and an export that brings it once more."""
    entry.add(
        export.store, Customer, {"id": "K1", "name": "苏州恒远精密机械有限公司"}, by("gm"), "k1"
    )
    return export.says(BASE, MAPPING).has("customers.csv", CUSTOMERS).has("contacts.csv", CONTACTS)


def decided(export, tmp_path, choice):
    """Import with this choice for every candidate."""
    path = tmp_path / "duplicates.csv"
    lookalikes.write(path, export.run().duplicates, {})
    table = pl.read_csv(path).with_columns(choice=pl.lit(choice))
    path.write_text(table.write_csv())
    return export.run(duplicates=path)


def test_nothing_is_stored_before_somebody_has_decided(again):
    result = again.run()
    assert not result.stored
    row = result.duplicates.row(0, named=True)
    assert (row["id"], row["stored_id"], row["level"]) == ("S1", "K1", "certain")
    assert again.store.rows(Customer)["id"].to_list() == ["K1"]


def test_the_same_customer_does_not_come_in_twice_and_its_contacts_go_to_the_stored_one(
    again, tmp_path
):
    assert decided(again, tmp_path, "same").stored
    assert sorted(again.store.rows(Customer)["id"]) == ["K1", "S2"]
    assert dict(again.store.rows(Contact).select("id", "customer_id").iter_rows()) == {
        "P1": "K1",
        "P2": "S2",
    }


def test_the_stored_one_keeps_its_values_and_gets_what_it_left_open(again, tmp_path):
    decided(again, tmp_path, "same")
    stored = again.store.rows(Customer, ids=["K1"]).row(0, named=True)
    assert stored["name"] == "苏州恒远精密机械有限公司"
    assert stored["address"] == "狮山路1号"


def test_the_next_export_changes_nothing_and_asks_nothing(again, tmp_path):
    decided(again, tmp_path, "同一客户")
    result = again.run()
    assert result.stored
    assert result.conflicts.is_empty()
    assert counted(result, "Customer") == (0, 0, 2, 0)
    assert counted(result, "Contact") == (0, 0, 2, 0)


def test_where_the_source_moves_on_the_stored_one_is_told(again, tmp_path):
    decided(again, tmp_path, "same")
    again.has("customers.csv", CUSTOMERS.replace("狮山路1号", "金鸡湖大道9号"))
    result = again.run()
    cells = result.conflicts.select("id", "field", "mine", "theirs").rows()
    assert cells == [("K1", "address", "狮山路1号", "金鸡湖大道9号")]


def test_a_new_customer_comes_in_as_one(again, tmp_path):
    assert decided(again, tmp_path, "new").stored
    assert sorted(again.store.rows(Customer)["id"]) == ["K1", "S1", "S2"]
    assert again.run().duplicates.is_empty()


def test_a_telephone_number_that_came_along_counts(again):
    entry.add(again.store, Customer, {"id": "K2", "name": "另一家"}, by("gm"), "k2")
    phone = {"id": "Q", "customer_id": "K2", "name": "李", "phone": "0510-82345678"}
    entry.add(again.store, Contact, phone, by("gm"), "q")
    again.has("contacts.csv", CONTACTS.replace("P2,S2,李,", "P2,S2,李,(0510) 8234 5678"))
    found = again.run().duplicates.filter(pl.col("stored_id") == "K2").row(0, named=True)
    assert "same_phone" in found["reasons"]


def test_one_new_customer_cannot_be_two_stored_ones(again, tmp_path):
    path = tmp_path / "duplicates.csv"
    path.write_text("id,stored_id,choice\nS1,K1,same\nS1,K9,same\n")
    with pytest.raises(ConflictFileError):
        again.run(duplicates=path)


def test_a_dry_run_tells_of_them_too(again):
    result = again.run(dry_run=True)
    assert result.duplicates.height == 1
    assert counted(result, "Customer") == (2, 0, 0, 0)


def test_an_import_after_a_merge_finds_the_kept_one(again, tmp_path):
    decided(again, tmp_path, "new")
    entry.merge_customers(again.store, "K1", "S1", ("address",), by("gm"), "m1")
    result = again.run()
    assert (result.stored, result.conflicts.is_empty()) == (True, True)
    assert sorted(again.store.rows(Customer)["id"]) == ["K1", "S2"]
    assert again.store.rows(Contact, ids=["P1"])["customer_id"].item() == "K1"
    entry.undo_merge(again.store, "m1", by("gm"), "u1")
    assert sorted(again.store.rows(Customer)["id"]) == ["K1", "S1", "S2"]
    assert again.run().conflicts.is_empty()


def test_taking_such_an_import_back_leaves_the_stored_one_as_it_was(again, tmp_path):
    before = again.store.rows(Customer)
    number = decided(again, tmp_path, "same").number
    importing.undo(again.store, number, by("gm"))
    fields = [name for name in before.columns if name != "updated_at"]
    assert_frame_equal(again.store.rows(Customer).select(fields), before.select(fields))
    assert again.store.rows(Contact).is_empty()
    assert again.run().duplicates.height == 1

import json
import stat
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from data import anchors, audit, entry
from data.errors import AnchorsError
from data.records import Customer, Deal
from data.store import Store
from tests.actors import by


@pytest.fixture
def closed(department, tmp_path):
    """A store file with nine rows in its log; change it, then open it."""
    assert department.audit_rows()["seq"][-1] > 8
    department.close()
    return tmp_path / "yeji.duckdb"


def _spoilt(path, *statements):
    """The first row of the log that `verify` names after somebody changed the file."""
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    store = Store(path)
    broken = audit.verify(store)
    store.close()
    return broken


def test_a_log_as_it_was_written_is_whole(closed):
    assert _spoilt(closed) is None


def test_an_empty_log_is_whole(store):
    assert audit.verify(store) is None


@pytest.mark.parametrize(
    "change",
    [
        "person = 'somebody'",
        "happened_at = happened_at + INTERVAL 1 SECOND",
        "action = 'insert '",
        "record = NULL",
        "id = id || 'x'",
        "before = ''",
        "after = replace(after, 'R1', 'R2')",
        "after = NULL",
        "hash = reverse(hash)",
    ],
)
def test_an_edited_row_is_named(closed, change):
    assert _spoilt(closed, f"UPDATE audit SET {change} WHERE seq = 5") == 5


def test_a_row_taken_out_is_noticed_at_the_next(closed):
    assert _spoilt(closed, "DELETE FROM audit WHERE seq = 4") == 5


def test_the_first_row_taken_out_is_noticed(closed):
    assert _spoilt(closed, "DELETE FROM audit WHERE seq = 1") == 2


def test_a_row_put_in_is_named(closed):
    row = "INSERT INTO audit SELECT * REPLACE (seq + 1 AS seq) FROM audit ORDER BY seq DESC LIMIT 1"
    with duckdb.connect(str(closed), read_only=True) as connection:
        [(height,)] = connection.execute("SELECT count(*) FROM audit").fetchall()
    assert _spoilt(closed, row) == height + 1


def test_swapped_rows_are_noticed(closed):
    swap = (
        "UPDATE audit SET after = (SELECT a.after FROM audit AS a WHERE a.seq = 13 - audit.seq) "
        "WHERE seq IN (6, 7)"
    )
    assert _spoilt(closed, swap) == 6


def test_a_log_sealed_with_another_key_is_not_verified(closed):
    audit.key_path(closed).unlink()
    assert _spoilt(closed) == 1


def test_a_row_tells_who_changed_what(department):
    department_before = department.audit_rows()["seq"][-1]
    form = entry.new_form_id()
    entry.edit(department, Customer, "C1", {"registered_capital": Decimal("1.5")}, by("Chen"), form)
    row = department.audit_rows().row(-1, named=True)
    assert row["seq"] == department_before + 1
    assert (row["person"], row["action"]) == ("Chen", "update")
    assert (row["record"], row["id"]) == ("Customer", "C1")
    assert json.loads(row["before"])["registered_capital"] is None
    assert json.loads(row["after"])["registered_capital"] == "1.5000"
    assert json.loads(row["after"])["name"] == "Customer 1"


def test_every_row_of_a_form_is_logged_and_nothing_else(department):
    before = department.audit_rows()["seq"][-1]
    deal = {"id": "D1", "rep_id": "R1", "opened_on": date(2026, 3, 2)}
    entry.add_deal(department, deal, by("Chen"), "form")
    entry.add_deal(department, deal, by("Chen"), "form")
    entry.edit(department, Deal, "D1", {"rep_id": "R1"}, by("Chen"), "changes nothing")
    rows = department.audit_rows(after=before)
    assert rows["record"].to_list() == ["Deal", "StageEvent"]
    assert rows["happened_at"].n_unique() == 1


def test_values_are_logged_exactly():
    values = {
        "a": Decimal("0.1000"),
        "b": date(2026, 1, 2),
        "c": datetime(2026, 1, 2, 3),
        "d": "中",
    }
    shown = '{"a": "0.1000", "b": "2026-01-02", "c": "2026-01-02T03:00:00", "d": "中"}'
    assert audit.as_json(values) == shown
    assert audit.as_json(None) is None
    with pytest.raises(TypeError):
        audit.as_json({"a": object()})


def test_the_log_is_read_in_batches(department, monkeypatch):
    monkeypatch.setattr(audit, "BATCH", 2)
    assert audit.verify(department) is None


def test_an_anchor_names_the_end_of_the_log(department):
    seal = department.audit_rows().row(-1, named=True)
    anchor = audit.anchor(department)
    assert (anchor.seq, anchor.hash) == (seal["seq"], seal["hash"])
    assert anchors.of(department.path)[-1] == anchor


def test_a_store_that_is_closed_leaves_an_anchor_for_its_owner_only(closed):
    [*_, last] = anchors.of(closed)
    with duckdb.connect(str(closed), read_only=True) as connection:
        [row] = connection.execute("SELECT max(seq), max_by(hash, seq) FROM audit").fetchall()
    assert (last.seq, last.hash) == row
    assert stat.S_IMODE(anchors.path(closed).stat().st_mode) == 0o600


def test_anchors_are_appended_and_now_and_then_while_people_write(department, clock, file_record):
    height = len(anchors.of(department.path))
    file_record(Customer, id="C3", name="Customer 3")
    assert len(anchors.of(department.path)) == height
    clock.pass_days(1)
    file_record(Customer, id="C4", name="Customer 4")
    file_record(Customer, id="C5", name="Customer 5")
    assert len(anchors.of(department.path)) == height + 1


def test_half_a_line_of_anchors_is_passed_over(department):
    anchor = audit.anchor(department)
    with anchors.path(department.path).open("a") as file:
        file.write("17 abc")
    assert anchors.of(department.path)[-1] == anchor


def test_a_file_without_anchors_is_refused(tmp_path):
    for content in (None, "no anchor"):
        if content:
            (tmp_path / "file").write_text(content)
        with pytest.raises(AnchorsError):
            anchors.read(tmp_path / "file")


def test_anchors_that_cannot_be_written_stop_no_form(store, file_record, caplog):
    anchors.path(store.path).mkdir()
    assert file_record(Customer, id="C1", name="Customer 1") == "C1"
    assert "no anchor" in caplog.text


def test_what_is_only_logged_is_kept(department):
    department._writer.submit(lambda work: work.log(by("Chen"), "export")).result()
    assert department.audit_rows()["action"][-1] == "export"

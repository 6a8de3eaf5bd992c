import csv
import io
import shutil

import duckdb
import pytest

from data import entry
from data.actor import MACHINE
from data.location import backup_folder
from data.records import Customer, Rep
from data.store import Store
from tests import running


@pytest.fixture
def store(tmp_path):
    """A closed store with two customers of Li Na's."""
    store = Store(tmp_path / "yeji.duckdb")
    entry.add(store, Rep, {"id": "R1", "name": "李娜"}, MACHINE, "rep")
    for id in ("C1", "C2"):
        values = {"id": id, "name": f"客户{id}", "owner_rep_id": "R1"}
        entry.add(store, Customer, values, MACHINE, id)
    entry.edit(store, Customer, "C1", {"region": "江苏", "note": "=1+1"}, MACHINE, "edit")
    store.close()
    return store.path


def changed(path, statement):
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)


def table(done):
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out.removeprefix("\ufeff"), newline="")))


def test_a_whole_log_is_said_to_be_whole(store):
    english = running.typed(store, "audit", "verify")
    assert (english.code, english.err) == (0, "")
    assert english.out.startswith("The log is whole (5 rows), and all data agree with it.\nHeld a")
    chinese = running.typed(store, "audit", "verify", language="zh")
    assert chinese.out.startswith("审计记录完整（5 行），所有数据与它一致。\n已与锚点对照：第 5 行")


def test_what_is_wrong_is_said_by_name_and_fails_the_command(store):
    changed(store, "UPDATE customers SET region = '浙江' WHERE id = 'C1'")
    english = running.typed(store, "audit", "verify")
    assert english.code == 1
    assert english.out == (
        "Something is wrong, in 1 places:\n"
        "Customer 客户C1 (C1) is not as row 5 of the log left it.\n"
    )
    chinese = running.typed(store, "audit", "verify", language="zh")
    assert chinese.out.splitlines()[1] == "客户 客户C1 (C1)：内容与审计记录第 5 行写下的不同。"


def test_a_cut_tail_shows_against_a_backup(store, tmp_path):
    assert running.typed(store, "backup").code == 0
    [made] = backup_folder(store).iterdir()
    kept = tmp_path / "elsewhere"
    shutil.move(made, kept)
    store.with_name("yeji.duckdb.anchors").unlink()
    changed(store, "DELETE FROM audit WHERE seq >= 5")
    changed(store, "UPDATE customers SET region = NULL, note = NULL WHERE id = 'C1'")
    assert running.typed(store, "audit", "verify").code == 0
    for anchor in (kept, kept / "yeji.anchors"):
        store.with_name("yeji.duckdb.anchors").unlink()
        done = running.typed(store, "audit", "verify", "--anchor", str(anchor))
        assert done.code == 1
        assert "its end was cut off" in done.out


def test_a_file_without_anchors_is_said_to_be_none(store, tmp_path):
    done = running.typed(store, "audit", "verify", "--anchor", str(tmp_path / "none"))
    assert done.code == 1
    assert "holds no anchor" in done.err


def test_the_log_is_printed_in_words(store):
    english = table(running.typed(store, "audit", "export"))
    assert [row["No."] for row in english] == ["5", "4", "3", "2", "1"]
    first = english[0]
    assert (first["Who"], first["From where"]) == ("Local user", "Terminal")
    assert (first["Action"], first["Kind"], first["Name"]) == ("Changed", "Customer", "客户C1")
    assert first["What changed"] == "Region: Jiangsu; Note: =1+1"
    assert "Owner: 李娜" in english[1]["What changed"]
    chinese = table(running.typed(store, "audit", "export", language="zh"))
    assert chinese[1]["改动"] == "地区：江苏；备注：=1+1"


def test_what_is_exported_is_logged(store):
    assert len(table(running.typed(store, "audit", "export"))) == 5
    [last] = table(running.typed(store, "audit", "export", "--action", "export"))
    assert (last["Kind"], last["What changed"]) == ("Audit log", "Format: csv; Rows: 5")


def test_a_report_that_is_printed_is_logged(store):
    asked = ("report", "rep-ranking", "--since", "2026-01-01", "--rep", "李娜")
    assert running.typed(store, *asked, "--format", "json").code == 0
    [entry] = table(running.typed(store, "audit", "export", "--action", "export"))
    assert (entry["Kind"], entry["Id"]) == ("Report", "rep-ranking")
    assert entry["What changed"] == "Format: json; Rows: 1; From: 2026-01-01; Rep: 李娜"


def test_the_log_is_filtered(store):
    def ids(*options):
        return [row["Id"] for row in table(running.typed(store, "audit", "export", *options))]

    assert ids("--record", "Rep") == ["R1"]
    assert ids("--id", "C1") == ["C1", "C1"]
    assert ids("--id", "C1", "--action", "update") == ["C1"]
    assert ids("--person", "nobody") == []
    assert ids("--until", "2020-01-01") == []
    assert running.typed(store, "audit", "export", "--action", "fly").code == 2


def test_a_running_app_verifies_and_exports(live_app):
    done = running.command(live_app.store, "audit", "verify", "--lang", "en")
    assert done.code == 0, done.out
    assert "The log is whole" in done.out
    assert table(running.command(live_app.store, "audit", "export", "--lang", "en"))

import contextlib
import hashlib
import shutil
import sqlite3
import stat
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data import audit, entry, migrate
from data.errors import (
    AuditKeyError,
    DiskFullError,
    NotAStoreError,
    StoreBusyError,
    StoreClosedError,
    StoreNewerError,
    StoreReadOnlyError,
)
from data.records import Contact, Customer, Visit
from data.store import Store
from tests import running
from tests.actors import by

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from data.store import Store

store = Store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
store.close()
"""


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def _digests(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def _refused(path, error):
    before = _digests(path.parent)
    with pytest.raises(error) as raised:
        Store(path)
    assert _digests(path.parent) == before
    return raised.value


def test_a_new_store_and_its_key_are_for_their_owner_only(tmp_path):
    path = tmp_path / "new" / "yeji.duckdb"
    Store(path).close()
    assert _mode(path.parent) == 0o700
    assert _mode(path) == 0o600
    assert _mode(audit.key_path(path)) == 0o600


def test_a_folder_that_was_there_keeps_its_rights(tmp_path):
    tmp_path.chmod(0o755)
    Store(tmp_path / "yeji.duckdb").close()
    assert _mode(tmp_path) == 0o755


def test_a_store_has_the_format_that_duckdb_1_5_can_read(tmp_path):
    path = tmp_path / "yeji.duckdb"
    for _ in range(2):  # the second opening keeps it
        Store(path).close()
        with duckdb.connect(str(path), read_only=True) as connection:
            [(tags,)] = connection.execute(
                "SELECT tags FROM duckdb_databases() WHERE NOT internal"
            ).fetchall()
        assert tags["storage_version"].startswith("v1.5")


def test_what_was_written_is_there_after_closing_and_opening(department, tmp_path, clock):
    versions = department.versions()
    department.close()
    reopened = Store(tmp_path / "yeji.duckdb", clock)
    assert reopened.versions() == versions
    assert reopened.rows(Customer).height == 2
    reopened.close()


def test_a_store_open_in_another_process_names_it(tmp_path):
    path = tmp_path / "yeji.duckdb"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreBusyError) as raised:
            Store(path)
        holder.stdin.close()
        assert holder.wait() == 0
    assert str(holder.pid) in str(raised.value.values["process"])
    Store(path).close()


def test_losing_the_race_for_a_new_store_leaves_the_winner_its_file(tmp_path, monkeypatch):
    path, connect, holders = tmp_path / "yeji.duckdb", duckdb.connect, []
    command = [sys.executable, "-c", HOLD, str(path)]

    def overtaken(*args, **options):
        """Another process makes the store just before this one would."""
        holders.append(
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        assert holders[0].stdout.readline() == "open\n"
        return connect(*args, **options)

    monkeypatch.setattr(duckdb, "connect", overtaken)
    with pytest.raises(StoreBusyError):
        Store(path)
    monkeypatch.undo()
    with holders[0] as holder:
        assert path.exists()
        holder.stdin.close()
        assert holder.wait() == 0
    Store(path).close()


def test_a_second_opening_in_the_same_process_is_refused(tmp_path):
    path = tmp_path / "yeji.duckdb"
    first = Store(path)
    with pytest.raises(StoreBusyError):
        Store(tmp_path / "." / "yeji.duckdb")
    first.close()
    Store(path).close()


def test_a_newer_store_is_left_as_it_is(tmp_path):
    path = tmp_path / "yeji.duckdb"
    Store(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO migrations VALUES ('9999_later.sql', now()::TIMESTAMP)")
    assert _refused(path, StoreNewerError).values["migration"] == "9999_later.sql"


@pytest.mark.parametrize("content", [b"", b"hello", b"customer,amount\n" * 1000])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path, content):
    path = tmp_path / "yeji.duckdb"
    path.write_bytes(content)
    _refused(path, NotAStoreError)


def test_a_sqlite_file_is_left_as_it_is(tmp_path):
    path = tmp_path / "yeji.duckdb"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE visits (id)")
    connection.close()
    _refused(path, NotAStoreError)


def test_another_duckdb_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "yeji.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE migrations (name VARCHAR); CREATE TABLE deals (x INT)")
    _refused(path, NotAStoreError)


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(NotAStoreError):
        Store(tmp_path)


def test_a_database_without_tables_becomes_a_store(tmp_path):  # a crash while it was made
    path = tmp_path / "yeji.duckdb"
    duckdb.connect(str(path)).close()
    store = Store(path)
    assert store.is_empty()
    store.close()


def test_a_key_file_without_a_key_is_refused(tmp_path):
    path = tmp_path / "yeji.duckdb"
    Store(path).close()
    audit.key_path(path).write_text("not a key")
    _refused(path, AuditKeyError)
    audit.key_path(path).write_text("")
    _refused(path, AuditKeyError)


def test_a_store_in_a_read_only_folder_is_refused(tmp_path, request):
    (tmp_path / "kept").mkdir()
    Store(tmp_path / "kept" / "yeji.duckdb").close()
    folder = request.getfixturevalue("read_only_folder")
    _refused(folder / "yeji.duckdb", StoreReadOnlyError)


def test_no_store_is_made_in_a_read_only_folder(read_only_folder):
    for name in ("yeji.duckdb", "deeper/yeji.duckdb"):
        with pytest.raises(StoreReadOnlyError):
            Store(read_only_folder / name)
    assert list(read_only_folder.iterdir()) == []


def _migrations(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text)
    return folder


def test_migrations_run_once_in_the_order_of_their_names(tmp_path):
    first, second = "CREATE TABLE a (x INT)", "INSERT INTO a VALUES (2)"
    folder = _migrations(tmp_path / "sql", m2=second, m1=first)
    with duckdb.connect() as connection:
        for _ in range(2):
            migrate.apply(connection, folder)
        assert connection.execute("SELECT x FROM a").fetchall() == [(2,)]
        migrate.apply(connection, _migrations(folder, m3="UPDATE a SET x = x + 1"))
        assert connection.execute("SELECT x FROM a").fetchall() == [(3,)]
        assert migrate.recorded(connection) == {"m1.sql", "m2.sql", "m3.sql"}


def test_a_failing_migration_leaves_nothing_behind(tmp_path):
    broken = "CREATE TABLE b (x INT); INSERT INTO nowhere VALUES (1)"
    folder = _migrations(tmp_path / "sql", m1="CREATE TABLE a (x INT)", m2=broken)
    with duckdb.connect() as connection:
        with pytest.raises(duckdb.CatalogException):
            migrate.apply(connection, folder)
        assert migrate.recorded(connection) == {"m1.sql"}
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        assert sorted(tables) == [("a",), ("migrations",)]


@pytest.mark.parametrize("room", [0, 4096])
def test_no_store_is_made_on_a_full_disk(small_disk, room):
    filler = running.fill(small_disk, leave=room)
    with pytest.raises(DiskFullError):
        Store(small_disk / "yeji.duckdb")
    assert list(small_disk.iterdir()) == [filler]


def _customer(number):
    return {"id": f"C{number}", "name": f"Customer {number}", "note": "x" * 3000}


def test_a_full_disk_refuses_forms_and_keeps_what_was_acknowledged(small_disk):
    path = small_disk / "yeji.duckdb"
    store = Store(path)
    filler = running.fill(small_disk, leave=200 * 1024)
    filed = 0
    with pytest.raises(DiskFullError):
        while True:
            entry.add(store, Customer, _customer(filed), by("gm"), f"form {filed}")
            filed += 1
    assert filed > 5
    versions = store.versions()
    assert store.rows(Customer).height == versions["customers"] == filed
    filler.unlink()
    assert entry.add(store, Customer, _customer(filed), by("gm"), f"form {filed}").is_new
    assert store.versions()["customers"] == filed + 1
    assert audit.verify(store) is None
    store.close()
    reopened = Store(path)
    assert reopened.rows(Customer).height == filed + 1
    assert audit.verify(reopened) is None
    reopened.close()


def test_a_full_disk_refuses_a_load_as_a_whole(small_disk):
    store = Store(small_disk / "yeji.duckdb")
    entry.add(store, Customer, _customer(0), by("gm"), "form")
    before = store.versions()
    filler = running.fill(small_disk, leave=1024 * 1024)
    visits = pl.select(
        id=pl.int_range(100_000).cast(pl.String),
        rep_id=pl.lit("R1"),
        visited_at=pl.datetime(2026, 1, 1) + pl.duration(seconds=pl.int_range(100_000)),
        topic=pl.int_range(100_000).hash().cast(pl.String),
    )
    with pytest.raises(DiskFullError):
        store.load({"Visit": visits}, actor=by("gm"), origin="import", source="crm")
    assert store.versions() == before
    assert store.rows(Visit).is_empty()
    filler.unlink()
    assert entry.add(store, Customer, _customer(1), by("gm"), "another").is_new
    assert audit.verify(store) is None
    store.close()


def test_a_checkpoint_that_failed_costs_no_form(small_disk):
    store = Store(small_disk / "yeji.duckdb")
    for number in range(20):
        entry.add(store, Customer, _customer(number), by("gm"), f"form {number}")
    filler = running.fill(small_disk, leave=64 * 1024)
    with pytest.raises(DiskFullError), store._connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # invalidates the database until it is opened again
    assert store.rows(Customer).height == 20
    filler.unlink()
    assert entry.add(store, Customer, _customer(20), by("gm"), "form 20").is_new
    assert store.rows(Customer).height == 21
    assert audit.verify(store) is None
    store.close()


def test_closing_on_a_full_disk_costs_no_form(small_disk):
    path = small_disk / "yeji.duckdb"
    store = Store(path)
    for number in range(20):
        entry.add(store, Customer, _customer(number), by("gm"), f"form {number}")
    filler = running.fill(small_disk)
    store.close()  # the log stays beside the file
    filler.unlink()
    reopened = Store(path)
    assert reopened.rows(Customer).height == 20
    assert reopened.verify().findings == ()
    reopened.close()


def _threshold(store):
    with store._connection.cursor() as cursor:
        [(size,)] = cursor.execute("SELECT current_setting('checkpoint_threshold')").fetchall()
    return size


def test_a_checkpoint_that_fails_during_a_commit_costs_no_acknowledged_form(small_disk):
    store = Store(small_disk / "yeji.duckdb")
    with store._connection.cursor() as cursor:
        cursor.execute("SET GLOBAL checkpoint_threshold = '400KB'")
    assert _threshold(store) != "16.0 MiB"
    filler = running.fill(small_disk, leave=600 * 1024)
    filed = 0
    with pytest.raises(DiskFullError):
        while True:
            entry.add(store, Customer, _customer(filed), by("gm"), f"form {filed}")
            filed += 1
    assert _threshold(store) == "16.0 MiB"  # the default again: the file was opened anew
    assert store.rows(Customer).height == store.versions()["customers"] == filed
    filler.unlink()
    assert entry.add(store, Customer, _customer(filed), by("gm"), f"form {filed}").is_new
    assert audit.verify(store) is None
    store.close()


def test_a_closed_store_refuses_and_closing_twice_is_harmless(tmp_path):
    store = Store(tmp_path / "yeji.duckdb")
    store.close()
    store.close()
    with pytest.raises(StoreClosedError):
        store.rows(Customer)
    with pytest.raises(StoreClosedError):
        entry.add(store, Customer, {"name": "x", "registered_capital": Decimal(1)}, by("gm"), "f")


def test_closing_leaves_one_whole_file(department, tmp_path):
    department.close()
    beside = ["yeji.duckdb", "yeji.duckdb.anchors", "yeji.duckdb.key"]
    assert sorted(file.name for file in tmp_path.iterdir()) == beside


def test_contacts_of_an_older_store_keep_what_they_had(tmp_path):
    path = tmp_path / "yeji.duckdb"
    older = tmp_path / "older"
    older.mkdir()
    for name in ("0001_core.sql", "0002_saved_filters.sql", "0003_audit_place.sql"):
        shutil.copy(migrate.FOLDER / name, older)
    with duckdb.connect(path) as connection:
        migrate.apply(connection, older)
        row = "'P1', 'C1', 'Wang', NULL, NULL, NULL, '138', NULL, 'likes tea', 'entry'"
        connection.execute(f"INSERT INTO contacts VALUES ({row}, now(), now())")
    with contextlib.closing(Store(path)) as store:
        contact = store.rows(Contact).row(0, named=True)
    told = {name: contact[name] for name in ("id", "name", "phone", "age", "note")}
    assert told == {"id": "P1", "name": "Wang", "phone": "138", "age": None, "note": "likes tea"}

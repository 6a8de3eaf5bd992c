import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from data import (
    accounts,
    anchors,
    archive,
    audit,
    backup,
    entry,
    migrate,
    restore,
    sessions,
    snapshot,
)
from data.archive import Manifest
from data.errors import (
    ArchiveAlteredError,
    ArchiveForeignError,
    BackupNoRoomError,
    NoKeyError,
    NotAnArchiveError,
    StoreBusyError,
    StoreNewerError,
)
from data.records import Customer
from data.store import Store
from tests import running
from tests.actors import by

ROOT = Path(__file__).parents[2]
GM = by("gm")


def add(store, name):
    entry.add(store, Customer, {"name": name}, GM, entry.new_form_id())


def names(path):
    store = Store(path)
    found = set(store.rows(Customer)["name"])
    assert audit.verify(store) is None
    store.close()
    return found


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder with a store of two customers, and a backup of when there was one."""
    folder = tmp_path_factory.mktemp("original")
    store = Store(folder / "yeji.duckdb")
    add(store, "Hengyuan")
    backup.make(store, folder / "backups", GM)
    add(store, "Wanda")
    store.close()
    return folder


@pytest.fixture
def there(original, tmp_path):
    """That folder, to change."""
    shutil.copytree(original, tmp_path / "there")
    return tmp_path / "there"


@pytest.fixture
def target(there):
    return there / "yeji.duckdb"


@pytest.fixture
def source(there):
    [path] = (there / "backups").iterdir()
    return path


def test_a_store_is_put_back_and_what_it_replaces_is_kept(target, source, clock):
    done = restore.restore(source, target, GM, clock=clock)
    assert done.is_log_whole
    assert names(target) == {"Hengyuan"}
    assert done.kept == target.with_name("yeji.duckdb.replaced-2026-03-02T020000Z")
    shutil.copy(audit.key_path(target), audit.key_path(done.kept))
    assert names(done.kept) == {"Hengyuan", "Wanda"}


def test_the_restored_log_says_so_and_goes_on(target, source):
    found = restore.restore(source, target, GM).source
    store = Store(target)
    last = store.audit_rows().row(-1, named=True)
    assert (last["action"], last["seq"]) == ("restore", found.manifest.seq + 1)
    assert json.loads(last["after"])["name"] == source.name
    assert anchors.of(target)[-1].hash == last["hash"]  # not of rows that are no more
    add(store, "Yonghui")
    assert audit.verify(store) is None
    store.close()


def test_everybody_signs_in_again(target):
    store = Store(target)
    store.access.write(lambda turn: accounts.create(turn, "A", "ann.lee", "Ann", "admin"))
    token = store.access.write(lambda turn: sessions.begin(turn, "A", "password", "127.0.0.1"))
    made = backup.make(store, target.parent / "backups", GM)
    assert store.access.signed_in(token).name == "Ann"
    store.close()
    restore.restore(made.path, target, GM)
    restored = Store(target)
    assert restored.access.signed_in(token) is None
    assert restored.person("A").name == "Ann"
    assert restored.verify().findings == ()
    restored.close()


def test_nothing_else_is_left(target, source, there):
    before = {path.name for path in there.iterdir()}
    kept = restore.restore(source, target, GM).kept
    after = {path.name for path in there.iterdir()}
    assert after - before == {kept.name, f"{kept.name}.anchors"}


def test_two_restores_in_one_second_keep_both(target, source, clock):
    first = restore.restore(source, target, GM, clock=clock).kept
    second = restore.restore(source, target, GM, clock=clock).kept
    assert first != second
    assert first.exists()
    assert second.exists()


def test_on_a_new_machine_the_key_is_brought_along(target, source, tmp_path):
    new = tmp_path / "new" / "yeji.duckdb"
    with pytest.raises(NoKeyError) as raised:
        restore.restore(source, new, GM)
    assert raised.value.values["path"] == str(audit.key_path(new))
    assert not new.exists()
    new.parent.mkdir()
    shutil.copy(audit.key_path(target), audit.key_path(new))
    assert restore.restore(source, new, GM).kept is None
    assert names(new) == {"Hengyuan"}


def test_another_key_proves_nothing(target, source, tmp_path):
    new = tmp_path / "new" / "yeji.duckdb"
    Store(new).close()
    with pytest.raises(ArchiveForeignError):
        restore.restore(source, new, GM)
    assert names(new) == set()


def test_without_the_key_the_data_come_back_without_proof(source, tmp_path):
    new = tmp_path / "new" / "yeji.duckdb"
    restore.restore(source, new, GM, without_key=True)
    store = Store(new)
    assert store.rows(Customer)["name"].to_list() == ["Hengyuan"]
    assert audit.verify(store) == 1
    store.close()


def test_a_store_that_is_open_is_not_replaced(target, source, there):
    store = Store(target)
    with pytest.raises(StoreBusyError):
        restore.restore(source, target, GM)
    add(store, "Yonghui")
    store.close()
    assert names(target) == {"Hengyuan", "Wanda", "Yonghui"}
    assert not list(there.glob("*.replaced*"))


def test_a_damaged_store_is_replaced_and_kept(target, source):
    target.write_bytes(b"damaged")
    snapshot.log_of(target).write_bytes(b"its log")
    kept = restore.restore(source, target, GM).kept
    assert names(target) == {"Hengyuan"}
    assert kept.read_bytes() == b"damaged"
    assert snapshot.log_of(kept).read_bytes() == b"its log"


@pytest.mark.parametrize("content", ["", "{}", '{"kind": "backup", "seal": ""}'])
def test_what_is_no_backup_is_refused(target, tmp_path, content):
    other = tmp_path / "other"
    other.mkdir()
    (other / archive.MANIFEST).write_text(content)
    for path in (other, tmp_path / "absent", target):
        with pytest.raises(NotAnArchiveError):
            restore.restore(path, target, GM)


def test_an_altered_backup_is_refused_and_the_store_stays(target, source):
    with (source / backup.STORE).open("r+b") as file:
        file.seek(100_000)
        file.write(b"altered")
    with pytest.raises(ArchiveAlteredError):
        restore.restore(source, target, GM)
    with pytest.raises(ArchiveAlteredError):
        restore.restore(source, target, GM, without_key=True)
    assert names(target) == {"Hengyuan", "Wanda"}


def sealed(path, target, file):
    """A backup made of any store file, sealed as Yeji does."""
    path.mkdir()
    shutil.copy(file, path / backup.STORE)
    with duckdb.connect(str(file), read_only=True) as connection:
        contents = snapshot.contents(connection)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    told = Manifest(
        kind="backup", made_at=moment, reason="asked", person="gm", **contents._asdict()
    )
    archive.seal(path, told, audit.read_key(target))
    return path


def test_a_log_that_was_edited_before_the_backup_is_told(target, source, tmp_path):
    edited = tmp_path / "edited.duckdb"
    shutil.copy(source / backup.STORE, edited)
    with duckdb.connect(str(edited)) as connection:
        connection.execute("UPDATE audit SET person = 'somebody' WHERE seq = 1")
    assert not restore.restore(sealed(tmp_path / "backup", target, edited), target, GM).is_log_whole
    store = Store(target)
    assert store.rows(Customer)["name"].to_list() == ["Hengyuan"]
    store.close()


def test_a_backup_of_an_older_version_is_brought_up_to_date(target, tmp_path):
    folder = tmp_path / "sql"
    folder.mkdir()
    for file in sorted(migrate.FOLDER.glob("*.sql"))[:2]:
        shutil.copy(file, folder)
    old = tmp_path / "old.duckdb"
    with duckdb.connect(str(old)) as connection:
        migrate.apply(connection, folder)
        connection.execute(
            "INSERT INTO customers (id, name, tracking, origin, created_at, updated_at) "
            "VALUES ('C1', 'Old', 'trackable', 'entry', '2026-01-01', '2026-01-01')"
        )
    restore.restore(sealed(tmp_path / "backup", target, old), target, GM)
    assert names(target) == {"Old"}


def test_a_backup_of_a_newer_version_is_refused(target, source, tmp_path):
    newer = tmp_path / "newer.duckdb"
    shutil.copy(source / backup.STORE, newer)
    with duckdb.connect(str(newer)) as connection:
        connection.execute("INSERT INTO migrations VALUES ('9999_later.sql', now()::TIMESTAMP)")
    with pytest.raises(StoreNewerError):
        restore.restore(sealed(tmp_path / "backup", target, newer), target, GM)
    assert names(target) == {"Hengyuan", "Wanda"}


def test_a_full_disk_restores_nothing(source, small_disk, there):
    target = small_disk / "yeji.duckdb"
    shutil.copy(there / "yeji.duckdb.key", audit.key_path(target))
    running.fill(small_disk, leave=1024 * 1024)
    with pytest.raises(BackupNoRoomError):
        restore.restore(source, target, GM)
    assert {path.name for path in small_disk.iterdir()} == {"filler", "yeji.duckdb.key"}


CRASHES = """
import os, shutil, sys
from pathlib import Path
from data import audit, restore
from data.actor import MACHINE
from data.records import Customer
from data.store import Store

STEPS = {"os.link", "os.rename"}
original, there = Path(sys.argv[1]), Path(sys.argv[2])


def crashing(step):
    '''Restore, and die at the step-th change of a file.'''
    left = step

    def hook(event, values):
        nonlocal left
        left -= event in STEPS
        if left < 0:
            os._exit(9)

    sys.addaudithook(hook)
    [source] = (there / "backups").iterdir()
    restore.restore(source, there / "yeji.duckdb", MACHINE)


def look():
    store = Store(there / "yeji.duckdb")
    print(sorted(store.rows(Customer)["name"]), audit.verify(store), flush=True)
    store.close()


def forked(work):
    '''Its exit code; each in a process of its own, as a crash is.'''
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


step, is_crashed = 0, True
while is_crashed:
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(original, there)
    is_crashed = forked(lambda: crashing(step)) != 0
    assert forked(look) == 0
    step += 1
"""


def test_a_crash_at_any_step_leaves_the_old_store_or_the_new(original, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CRASHES, str(original), str(tmp_path / "there")],
        cwd=ROOT,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    *crashed, last = done.stdout.splitlines()
    assert len(crashed) == 4
    assert set(crashed) == {"['Hengyuan', 'Wanda'] None", "['Hengyuan'] None"}
    assert last == "['Hengyuan'] None"

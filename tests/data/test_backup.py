import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from data import anchors, archive, audit, backup, entry, snapshot
from data.actor import Actor
from data.archive import MANIFEST
from data.backup import STORE
from data.errors import (
    ArchiveAlteredError,
    ArchiveForeignError,
    BackupNoRoomError,
    BackupNotWrittenError,
    NotAllowedError,
    NotAnArchiveError,
)
from data.records import Customer, Visit
from data.store import Store
from tests.actors import by

ROOT = Path(__file__).parents[2]
GM = by("gm")
WRITERS = 8
OPEN = (
    "import sys; from pathlib import Path; from data.store import Store; Store(Path(sys.argv[1]))"
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def made(department, folder):
    return backup.make(department, folder, GM)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder with one backup and the key that sealed it."""
    folder = tmp_path_factory.mktemp("original")
    store = Store(folder / "yeji.duckdb")
    entry.add(store, Customer, {"name": "Hengyuan"}, GM, "form")
    backup.make(store, folder / "backups", GM)
    store.close()
    return folder


@pytest.fixture
def kept(original, tmp_path):
    """That backup, to be altered; the key beside the place of its store."""
    shutil.copytree(original / "backups", tmp_path / "kept")
    shutil.copy(original / "yeji.duckdb.key", tmp_path / "kept" / "yeji.duckdb.key")
    [path] = (path for path in (tmp_path / "kept").iterdir() if path.is_dir())
    return archive.read(path, audit.read_key(tmp_path / "kept" / "yeji.duckdb"))


def place(kept):
    """Where the store of a kept backup would lie."""
    return kept.path.with_name("yeji.duckdb")


def key(store):
    return audit.read_key(store.path)


def listed(kept):
    return backup.listed(kept.path.parent, audit.read_key(place(kept)))


def opened(made, folder):
    """The store in a backup, opened elsewhere."""
    folder.mkdir()
    shutil.copy(made.path / STORE, folder / "yeji.duckdb")
    return Store(folder / "yeji.duckdb")


def test_a_backup_holds_what_the_store_held(department, made, tmp_path):
    copy = opened(made, tmp_path / "copy")
    assert copy.rows(Customer).equals(department.rows(Customer))
    assert copy.audit_rows().equals(department.audit_rows().slice(0, copy.audit_rows().height))
    copy.close()
    assert made.manifest.rows["customers"] == 2
    assert made.manifest.reason == "asked"


def test_a_backup_is_for_its_owner_only_and_holds_no_key(department, made):
    assert {p.name for p in made.path.iterdir()} == {STORE, archive.ANCHORS, MANIFEST}
    for path, mode in ((made.path.parent, 0o700), (made.path, 0o700), (made.path / STORE, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    secret = key(department)
    for file in made.path.iterdir():
        content = file.read_bytes()
        assert secret not in content
        assert secret.hex().encode() not in content


def test_a_backup_anchors_the_audit_log_and_is_noted_in_it(department, made):
    [anchor] = anchors.read(made.path / archive.ANCHORS)
    last = department.audit_rows().row(-1, named=True)
    assert (last["action"], last["person"]) == ("backup", "gm")
    noted = json.loads(last["after"])
    assert (noted["name"], noted["seq"], noted["hash"]) == (made.name, anchor.seq, anchor.hash)
    assert last["seq"] == anchor.seq + 1
    assert audit.verify(department) is None


def test_nothing_is_left_beside_the_store(department, made, tmp_path):
    assert not list(tmp_path.glob("yeji.duckdb.backup*"))


def test_backups_of_one_second_get_names_of_their_own(department, made, folder):
    again = backup.make(department, folder, GM)
    assert again.name == f"{made.name}-2"
    assert len(backup.listed(folder, key(department))) == 2


def test_a_store_stays_locked_while_and_after_it_is_copied(department, made):
    command = [sys.executable, "-c", OPEN, str(department.path)]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "StoreBusyError" in tried.stderr


def visits(store, writer, stopped, acknowledged):
    number = 0
    while not stopped.is_set():
        values = {"rep_id": "R1", "customer_id": "C1", "visited_at": datetime(2026, 3, 1)}
        topic = {"topic": f"{writer}/{number}", "minutes": 5}
        entry.add(store, Visit, values | topic, GM, f"{writer}/{number}")
        acknowledged.append(f"{writer}/{number}")
        number += 1


def test_a_backup_ends_at_one_moment_while_eight_people_write(department, folder, tmp_path):
    stopped, filed = threading.Event(), [[] for _ in range(WRITERS)]
    threads = [
        threading.Thread(target=visits, args=(department, n, stopped, filed[n]))
        for n in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    while min(map(len, filed)) < 3:
        threads[0].join(0.01)
    before = {id for ids in filed for id in list(ids)}
    made = backup.make(department, folder, GM)
    stopped.set()
    for thread in threads:
        thread.join()
    copy = opened(made, tmp_path / "copy")
    held = set(copy.rows(Visit)["topic"])
    told = copy.audit_rows()
    copy.close()
    assert before <= held < {id for ids in filed for id in ids}
    for writer in range(WRITERS):  # of each what was acknowledged up to some moment
        count = len([id for id in held if id.startswith(f"{writer}/")])
        assert set(filed[writer][:count]) <= held
    log = department.audit_rows()
    assert told.equals(log.slice(0, told.height))
    assert set(told.filter(record="Visit")["id"]) == held
    assert audit.verify(department) is None


def altered(made, name, change):
    file = made.path / name
    file.write_bytes(change(file.read_bytes()))


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("name", [STORE, archive.ANCHORS])
def test_an_altered_file_is_refused(kept, name):
    altered(kept, name, flipped)
    with pytest.raises(ArchiveAlteredError) as raised:
        archive.proven(kept.path, place(kept))
    assert raised.value.values["path"] == str(kept.path / name)


def test_a_manifest_without_the_key_behind_it_is_refused(kept):
    altered(kept, STORE, flipped)
    digest = archive.digest(kept.path / STORE).encode()
    old = kept.manifest.files[STORE].sha256.encode()
    altered(kept, MANIFEST, lambda words: words.replace(old, digest))
    with pytest.raises(ArchiveForeignError):
        archive.proven(kept.path, place(kept))
    assert not archive.read(kept.path, audit.read_key(place(kept))).is_sealed


def test_another_store_in_a_backup_is_refused_when_opened(kept, tmp_path):
    other = Store(tmp_path / "other.duckdb")
    entry.add(other, Customer, {"name": "Other"}, GM, "form")
    other.close()
    with pytest.raises(ArchiveAlteredError):
        backup.compare(other.path, kept.manifest)
    with pytest.raises(ArchiveAlteredError):
        damaged = tmp_path / "damaged"
        damaged.write_bytes((kept.path / STORE).read_bytes()[:100_000])
        backup.compare(damaged, kept.manifest)


@pytest.mark.parametrize("lacking", [STORE, MANIFEST, archive.ANCHORS])
def test_a_half_written_backup_is_not_listed(kept, lacking):
    (kept.path / lacking).unlink()
    assert listed(kept) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"seal": 1}', b"\xff"])
def test_a_folder_with_another_manifest_is_no_backup(kept, content):
    altered(kept, MANIFEST, lambda words: content)
    assert listed(kept) == []
    with pytest.raises(NotAnArchiveError):
        archive.proven(kept.path, place(kept))


def test_a_short_copy_is_not_listed(kept):
    altered(kept, STORE, lambda content: content[:-1])
    assert listed(kept) == []


def test_what_a_crash_left_beside_the_store_goes(department, folder, tmp_path):
    left = tmp_path / "yeji.duckdb.backup"
    left.mkdir()
    (left / STORE).write_bytes(b"half")
    assert backup.make(department, folder, GM).is_whole
    assert not left.exists()


def fill(folder, *, leave=0):
    state = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - leave)))
    return filler


def test_a_backup_reaches_another_disk(store, file_record, small_disk):
    file_record(Customer, name="Hengyuan")
    made = backup.make(store, small_disk / "backups", GM)
    backup.check(archive.proven(made.path, store.path))


def test_a_full_disk_makes_no_backup_and_keeps_the_others(store, file_record, small_disk):
    file_record(Customer, name="Hengyuan")
    old = backup.make(store, small_disk / "backups", GM)
    fill(small_disk, leave=64 * 1024)
    with pytest.raises(BackupNoRoomError):
        backup.make(store, small_disk / "backups", GM)
    assert backup.listed(small_disk / "backups", key(store)) == [old]
    assert {p.name for p in (small_disk / "backups").iterdir()} == {old.name}


def test_a_backup_never_takes_the_room_that_people_need(small_disk):
    store = Store(small_disk / "yeji.duckdb")
    entry.add(store, Customer, {"name": "Hengyuan"}, GM, "form")
    fill(small_disk, leave=store.path.stat().st_size + 4096)
    with pytest.raises(BackupNoRoomError):
        backup.make(store, small_disk / "backups", GM)
    assert not (small_disk / "backups").exists()
    assert entry.add(store, Customer, {"name": "Wanda"}, GM, "another").is_new
    store.close()


def test_a_folder_that_cannot_be_written_gets_no_backup(department, read_only_folder):
    with pytest.raises(BackupNotWrittenError) as raised:
        backup.make(department, read_only_folder / "backups", GM)
    assert str(read_only_folder) in raised.value.values["path"]


def test_only_who_may_make_backups_makes_them(department, folder):
    with pytest.raises(NotAllowedError):
        backup.make(department, folder, Actor("R1"))
    assert backup.listed(folder, key(department)) == []


def test_a_backup_is_needed_once_anything_else_was_logged(department, made, file_record):
    assert not backup.is_needed(department, made)
    file_record(Customer, id="C3", name="Customer 3")
    assert backup.is_needed(department, made)
    again = backup.make(department, made.path.parent, GM)
    assert not backup.is_needed(department, again)
    assert backup.is_needed(department, None)


def test_an_empty_store_needs_no_backup(store):
    assert not backup.is_needed(store, None)


def test_an_older_store_than_the_last_backup_needs_one(department, made, tmp_path):
    fresh = Store(tmp_path / "fresh.duckdb")
    entry.add(fresh, Customer, {"name": "Other"}, GM, "form")
    assert backup.is_needed(fresh, made)
    fresh.close()


def test_a_copy_takes_the_log_with_it(department, tmp_path):
    assert snapshot.log_of(department.path).exists()
    taken = department.copy_to(tmp_path / "copy.duckdb", GM)
    assert snapshot.log_of(tmp_path / "copy.duckdb").exists()
    snapshot.settle(tmp_path / "copy.duckdb")
    assert not snapshot.log_of(tmp_path / "copy.duckdb").exists()
    assert snapshot.opened(tmp_path / "copy.duckdb") == (taken.contents, taken.digests)


def test_a_copy_with_one_other_value_is_refused(department, made, tmp_path):
    copy = tmp_path / "copy.duckdb"
    taken = department.copy_to(copy, GM)
    snapshot.settle(copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("UPDATE customers SET note = 'x' WHERE id = 'C1'")
    told = made.manifest.model_copy(update=taken.contents._asdict())
    backup.compare(copy, told)  # as many rows, the same log
    with pytest.raises(ArchiveAlteredError):
        backup.compare(copy, told, taken.digests)

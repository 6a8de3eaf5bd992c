import shutil
import threading
from datetime import timedelta

import pytest

from data import backup
from data.errors import BackupNotWrittenError
from data.records import Customer
from data.schedule import Schedule
from tests.actors import by

GM = by("gm")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def schedule(department, folder, clock):
    return Schedule(department, folder, clock)


@pytest.fixture
def change(file_record):
    """Something is filed."""
    return lambda: file_record(Customer, name="Another")


def test_one_that_was_missed_is_made_at_the_start(schedule):
    schedule.look()
    [made] = schedule.backups()
    assert made.manifest.reason == "scheduled"
    assert made.manifest.person == "schedule"
    assert schedule.failure is None


def test_one_a_day_is_made_when_something_changed(schedule, clock, change):
    schedule.look()
    change()
    schedule.look()
    assert len(schedule.backups()) == 1
    clock.now += timedelta(hours=17)  # 3:00 of the next day in Shanghai
    schedule.look()
    assert len(schedule.backups()) == 2


def test_none_is_made_when_nothing_changed(schedule, clock):
    schedule.look()
    clock.pass_days(1)
    schedule.look()
    assert len(schedule.backups()) == 1


def test_another_process_knows_what_the_last_one_made(schedule, department, folder, clock, change):
    schedule.look()
    change()
    Schedule(department, folder, clock).look()
    assert len(schedule.backups()) == 1


def test_one_that_a_person_made_counts(schedule, department, folder):
    backup.make(department, folder, GM)
    schedule.look()
    assert len(schedule.backups()) == 1


def test_the_next_one_is_told(schedule, clock):
    assert schedule.next_due() == clock.now + timedelta(hours=17)


@pytest.mark.parametrize("setting", [{"backup_on": False}, {"is_demo": True}])
def test_none_is_made_of_a_demo_or_when_they_are_off(schedule, department, setting):
    department.save_settings(setting, GM)
    schedule.look()
    assert schedule.backups() == []
    assert schedule.next_due() is None


def test_those_not_kept_go_once_the_new_one_is_there(schedule, department, clock, change):
    department.save_settings({"backup_daily": 2, "backup_weekly": 0, "backup_monthly": 0}, GM)
    by_hand = backup.make(department, schedule.folder, GM)
    for _ in range(4):
        clock.pass_days(1)
        change()
        schedule.look()
    kept = schedule.backups()
    assert [made.manifest.reason for made in kept] == ["scheduled", "scheduled", "asked"]
    assert kept[-1] == by_hand
    assert {path.name for path in schedule.folder.iterdir()} == {made.name for made in kept}


def test_none_goes_when_the_new_one_cannot_be_made(
    schedule, department, clock, change, read_only_folder, caplog
):
    department.save_settings({"backup_daily": 1, "backup_weekly": 0, "backup_monthly": 0}, GM)
    schedule.folder = read_only_folder
    change()
    schedule.look()
    assert isinstance(schedule.failure.error, BackupNotWrittenError)
    assert schedule.failure.at == clock.now
    assert "no scheduled backup was made" in caplog.text


def test_a_failure_is_tried_again_and_forgotten_once_it_works(schedule, folder):
    folder.write_text("in the way")
    schedule.look()
    assert schedule.failure
    folder.unlink()
    schedule.look()
    assert schedule.failure is None
    assert len(schedule.backups()) == 1


def test_backups_of_another_store_are_left_alone(schedule, department, clock, change, folder):
    department.save_settings({"backup_daily": 1, "backup_weekly": 0, "backup_monthly": 0}, GM)
    schedule.look()
    [own] = schedule.backups()
    foreign = own.path.with_name("foreign")
    shutil.copytree(own.path, foreign)
    manifest = (foreign / "manifest.json").read_text()
    (foreign / "manifest.json").write_text(manifest.replace('"seal": "', '"seal": "0'))
    clock.pass_days(1)
    change()
    schedule.look()
    assert foreign.exists()
    assert not own.path.exists()


def test_the_thread_looks_at_once_and_ends_when_told(schedule):
    schedule.start()
    schedule.stop()
    assert len(schedule.backups()) == 1
    assert "yeji-backups" not in {thread.name for thread in threading.enumerate()}
    schedule.stop()

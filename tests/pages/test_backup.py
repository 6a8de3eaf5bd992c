import asyncio
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import time

import pytest
from starlette.applications import Starlette

from data import audit, open_files, restore
from data.actor import Actor
from data.errors import NotAllowedError
from pages.ui import archives, cache, downloads, session
from tests import signing_in
from tests.actors import by

LANGUAGES = ("zh", "en")


@pytest.fixture
def folder(store_path):
    return store_path.with_name("backups")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_department_without_backup_is_told_so(driver, small, language):
    driver.open("backup", language)
    assert {"zh": "还没有备份", "en": "no backup yet"}[language] in driver.test.header[0].value
    assert "cli.py restore" in driver.test.code[0].value


def test_a_backup_is_made_at_a_click(driver, small, folder):
    driver.open("backup").press("backup.now")
    [path] = folder.iterdir()
    assert restore.check(path, small).is_sealed
    assert "Backed up and verified" in driver.test.success[0].value
    assert "opened and verified" in driver.test.header[0].value
    assert driver.test.dataframe[0].value["name"].to_list() == [path.name]
    assert str(path) in driver.test.code[0].value
    last = driver.store.audit_rows().row(-1, named=True)
    assert (last["action"], json.loads(last["after"])["name"]) == ("backup", path.name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_there_is_no_backup_is_told(driver, small, folder, language):
    folder.write_text("in the way")
    cache.schedule().look()
    driver.open("backup", language)
    failed, *_ = driver.test.error
    assert {"zh": "没有做成", "en": "could not be made"}[language] in failed.value
    driver.press("backup.now")
    assert {"zh": "无法写入", "en": "cannot be written"}[language] in driver.test.error[-1].value


def test_the_schedule_is_set(driver, small):
    driver.open("backup")
    driver.by_key("backup.backup_daily").set_value(3)
    driver.by_key("backup.at").set_value(time(22, 30))
    driver.press("backup.save")
    settings = driver.store.settings()
    assert (settings.backup_daily, settings.backup_at, settings.backup_on) == (3, "22:30", True)
    assert "saved" in driver.test.success[0].value
    assert "22:30" in driver.text


def test_backups_that_are_off_say_so(driver, small):
    driver.open("backup")
    driver.test.toggle(key="backup.on").set_value(False)
    driver.press("backup.save")
    assert "switched off" in driver.text
    assert cache.schedule().next_due() is None


def fetched(address, token=None):
    """What the app answers at an address to whom the token signs in: status and body."""
    parts = []
    cookie = (b"cookie", f"{session.COOKIE}={token}".encode())
    request = {"type": "http", "scheme": "http", "method": "GET", "path": address}
    request["headers"] = [cookie] if token else []

    async def receive():
        await asyncio.Event().wait()  # the one who asks stays

    async def send(message):
        parts.append(message)

    app = Starlette(routes=[downloads.route()])
    with ThreadPoolExecutor() as aside:  # the tests of the browser leave a loop in this thread
        aside.submit(lambda: asyncio.run(app(request, receive, send))).result()
    return parts[0]["status"], b"".join(part.get("body", b"") for part in parts)


def test_an_export_is_fetched_once_and_then_gone(driver, small, tmp_path):
    driver.open("backup").press("backup.export")
    ready, token = driver.test.session_state["backup.ready"], driver.cookie()
    other = signing_in.as_role(driver.store, "admin")
    assert fetched(f"{ready.address}x", token)[0] == 410
    assert fetched(ready.address)[0] == fetched(ready.address, other)[0] == 410
    status, body = fetched(ready.address, token)
    assert (status, len(body)) == (200, ready.size)
    assert fetched(ready.address, token)[0] == 410
    assert not list(small.parent.glob("*.export-*"))
    (tmp_path / ready.name).write_bytes(body)
    with zipfile.ZipFile(tmp_path / ready.name) as file:
        file.extractall(tmp_path / "unpacked")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    new = tmp_path / "new.duckdb"
    audit.key_path(new).write_bytes(audit.key_path(small).read_bytes())
    assert restore.restore(unpacked, new, by("gm")).is_log_whole
    assert "export" in driver.store.audit_rows()["action"]
    driver.press("backup.export_again")
    assert driver.by_key("backup.export")


def test_what_nobody_fetched_goes_when_the_app_ends(driver, small):
    driver.open("backup").press("backup.export")
    assert list(small.parent.glob("*.export-*"))
    archives.sweep()
    assert not list(small.parent.glob("*.export-*"))
    address = driver.test.session_state["backup.ready"].address
    assert fetched(address, driver.cookie())[0] == 410


def test_an_administrator_makes_backups_but_no_export(driver, small):
    driver.sign_in_as("admin").open("backup").press("backup.now")
    assert "Backed up" in driver.test.success[0].value
    assert "backup.export" not in {button.key for button in driver.test.button}
    with pytest.raises(NotAllowedError):
        open_files.write(driver.store, small.with_name("export"), Actor("test-admin"))

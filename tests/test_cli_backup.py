import shutil

import pytest

from data import audit
from data.records import Deal
from data.store import Store
from tests import running


@pytest.fixture
def own_demo(demo_file, tmp_path):
    """A demo store this test may write to."""
    return running.copied(demo_file, tmp_path / "own.duckdb")


@pytest.fixture
def made(own_demo):
    """A backup of it, made from the terminal."""
    done = running.typed(own_demo, "backup")
    assert done.code == 0, done.err
    assert "verified" in done.err
    [path] = (own_demo.parent / "backups").iterdir()
    return path


def deals(path):
    store = Store(path)
    rows = store.rows(Deal)
    store.close()
    return rows


def test_a_backup_is_made_where_asked_and_listed(own_demo, tmp_path):
    assert "no backup yet" in running.typed(own_demo, "backup", "--list").out
    assert running.typed(own_demo, "backup", "--to", "kept").code == 0
    listed = running.typed(own_demo, "backup", "--to", "kept", "--list")
    assert str(tmp_path / "kept" / "own-") in listed.out
    assert "by hand" in listed.out


def test_a_backup_goes_where_the_environment_says(own_demo, tmp_path, monkeypatch):
    monkeypatch.setenv("YEJI_BACKUPS", str(tmp_path / "elsewhere"))
    assert running.typed(own_demo, "backup").code == 0
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1


def test_the_running_app_backs_up_its_store(live_app, tmp_path):
    done = running.command(live_app.store, "backup", "--to", str(tmp_path / "kept"))
    assert done.code == 0, done.err
    [path] = (tmp_path / "kept").iterdir()
    assert running.typed(live_app.store, "restore", str(path), "--check").code == 0
    refused = running.command(live_app.store, "restore", str(path), "--yes")
    assert refused.code == 1
    assert "is using the store" in refused.err


def test_a_store_is_replaced_only_once_confirmed(own_demo, made):
    before = deals(own_demo)
    assert running.typed(own_demo, "own", "--yes").code == 0
    asked = ("restore", str(made), "--lang", "zh")
    refused = running.command(own_demo, *asked, stdin=b"\n")
    assert refused.code == 1
    assert str(own_demo) in refused.err
    assert deals(own_demo).is_empty()
    agreed = running.command(own_demo, *asked, stdin="是\n".encode())
    assert agreed.code == 0, agreed.err
    assert f"{own_demo}.replaced-" in agreed.err
    assert deals(own_demo).equals(before)


def test_a_new_place_needs_no_confirmation_but_the_key(own_demo, made, tmp_path):
    new = tmp_path / "new" / "yeji.duckdb"
    new.parent.mkdir()
    refused = running.typed(new, "restore", str(made))
    assert refused.code == 1
    assert "yeji.duckdb.key" in refused.err
    shutil.copy(audit.key_path(own_demo), audit.key_path(new))
    assert running.typed(new, "restore", str(made)).code == 0
    assert deals(new).equals(deals(own_demo))


@pytest.mark.parametrize(("name", "says"), [("nowhere", "no backup"), ("..", "no backup")])
def test_what_is_no_backup_is_refused_in_one_sentence(own_demo, made, name, says):
    done = running.typed(own_demo, "restore", str(made / name), "--yes")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert says in done.err


def test_a_department_leaves_as_open_files_and_comes_back(own_demo, tmp_path):
    before = deals(own_demo)
    done = running.typed(own_demo, "export", "out")
    assert done.code == 0, done.err
    assert running.typed(own_demo, "export", "out").code == 1
    assert running.typed(own_demo, "own", "--yes").code == 0
    assert running.typed(own_demo, "restore", "out", "--yes").code == 0
    assert deals(own_demo).equals(before)

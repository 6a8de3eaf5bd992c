"""A killed department comes back with all it had acknowledged."""

import shutil

import pytest

from data import entry
from data.records import Customer
from data.store import Store
from tests.actors import by
from tests.data import crashes

KILLS = {"filing": 8, "checkpoint": 4, "import": 3, "close": 4, "open": 3}


@pytest.mark.parametrize("phase", crashes.PHASES)
def test_a_killed_department_keeps_every_form_it_acknowledged(tmp_path, phase):
    path = tmp_path / "yeji.duckdb"
    crashes.found(path)
    for seed in range(1, KILLS[phase] + 1):
        left = crashes.killed(path, phase, seed)
        store = Store(path)
        crashes.check(store, left)
        store.close()


def _killed(store, path):
    """A store as it would be found if its process were killed now."""
    for suffix in ("", ".wal", ".key"):
        shutil.copy(f"{store.path}{suffix}", f"{path}{suffix}")
    return Store(path)


def test_a_text_filled_in_later_survives_a_crash(tmp_path):
    path, gm = tmp_path / "yeji.duckdb", by("gm")
    store = Store(path)
    for number in range(40):
        note = f"note {number}" if number % 4 else None
        entry.add(store, Customer, {"id": f"C{number}", "name": "x", "note": note}, gm, f"{number}")
    store.close()
    store = Store(path)
    entry.add(store, Customer, {"id": "C40", "name": "x"}, gm, "one more")
    entry.edit(store, Customer, "C8", {"note": "filled in"}, gm, "edit")
    found = _killed(store, tmp_path / "found.duckdb")
    assert found.rows(Customer, ids=["C8"])["note"].to_list() == ["filled in"]
    assert found.verify().findings == ()
    for each in (store, found):
        each.close()

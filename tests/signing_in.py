"""Who is signed in, in tests that are not about signing in."""

from typing import Any

from data import accounts, entry, sessions
from data.actor import MACHINE
from data.records import Rep
from data.store import Store
from pages.ui.session import COOKIE


def a_department(store: Store) -> None:
    """Three reps, R1 to R3."""
    names = ("Li Na", "Wu Gang", "Zhao Min")
    rows = [{"id": f"R{number}", "name": name} for number, name in enumerate(names, start=1)]
    entry.put(store, Rep, rows, MACHINE, entry.new_form_id())


def as_role(store: Store, role: str) -> str:
    """The token of a session as somebody with this role who is not in the department."""
    id = f"test-{role}"
    if store.person(id) is None:
        store.access.write(lambda turn: accounts.create(turn, id, id, f"Test {role}", role))
    return as_person(store, id)


def as_person(store: Store, id: str) -> str:
    """The token of a session as a person of the department."""
    return store.access.write(lambda turn: sessions.begin(turn, id, "password", "127.0.0.1"))


def cookie(token: str) -> dict[str, Any]:
    """The cookie as a browser of Playwright takes it."""
    return {"name": COOKIE, "value": token, "domain": "127.0.0.1", "path": "/", "httpOnly": True}

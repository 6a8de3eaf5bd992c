"""The whole app on a real store of its own, driven without a browser."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from data import entry
from data.records import Contact, Customer, Rep, Stage
from data.store import Store
from pages.ui import cache, session
from tests import running, signing_in
from tests.actors import by

APP = str(Path(__file__).parents[2] / "app.py")
SECONDS = 60  # a cold first run imports much
LADDER = (
    ("lead", "线索", "Lead", "open"),
    ("quote", "报价", "Quote", "open"),
    ("won", "赢单", "Won", "won"),
    ("lost", "输单", "Lost", "lost"),
)


@dataclass
class Driver:
    """The app as one browser session sees it."""

    test: AppTest
    token: str | None = None  # of the session that the browser's cookie names

    def cookie(self):
        """What the browser sends: the general manager's, until a test signs somebody else in."""
        if self.token is None:
            self.token = signing_in.as_role(self.store, "gm")
        return self.token

    def sign_in_as(self, role):
        """Go on as somebody with this role; one of the department's where it has one."""
        found = self.store.rows(Rep, match={"role": role}).sort("id")["id"].to_list()
        self.token = (
            signing_in.as_person(self.store, found[0])
            if found
            else signing_in.as_role(self.store, role)
        )
        return self

    def open(self, page, language="en", **address):
        """Go to a page, as its link or a typed address does."""
        for name in list(self.test.query_params):
            del self.test.query_params[name]
        self.test.query_params["lang"] = language
        for name, value in address.items():
            self.test.query_params[name] = value
        self.test.switch_page(f"pages/{page}_page.py").run(timeout=SECONDS)
        return self.checked()

    def checked(self):
        assert not self.test.exception, [e.message for e in self.test.exception]
        return self

    def form_id(self, key):
        """The id of the form that is open under `key`."""
        return self.test.session_state[f"{key}.form"]

    def widget(self, key, name):
        """A field's widget of the form under `key`."""
        found = [
            w
            for w in self._widgets()
            if w.key and w.key.startswith(f"{key}.{name}.") and w.key.endswith(self.form_id(key))
        ]
        assert len(found) == 1, f"{key}.{name}: {[w.key for w in self._widgets()]}"
        return found[0]

    def fill(self, key, **values):
        """Enter values into fields of a form; nothing is sent yet."""
        for name, value in values.items():
            self.widget(key, name).set_value(value)
        return self

    def by_key(self, key):
        return next(w for w in [*self._widgets(), *self.test.button] if w.key == key)

    def press(self, key):
        """Press a button and let the app answer."""
        self.by_key(key).click().run(timeout=SECONDS)
        return self.checked()

    def set(self, key, value):
        """Change a widget that is no part of a form and let the app answer."""
        self.by_key(key).set_value(value).run(timeout=SECONDS)
        return self.checked()

    def choose(self, key, name, value):
        """Change a leading field of a form and let the app answer."""
        self.widget(key, name).set_value(value).run(timeout=SECONDS)
        return self.checked()

    @property
    def text(self):
        """Everything the page says, in one string."""
        kinds = (
            "title",
            "header",
            "subheader",
            "markdown",
            "caption",
            "text",
            "success",
            "warning",
            "error",
        )
        return "\n".join(str(e.value) for kind in kinds for e in getattr(self.test, kind))

    @property
    def store(self) -> Store:
        """The store the app has open."""
        return cache.store()

    def _widgets(self):
        kinds = (
            *("text_input", "text_area", "selectbox", "number_input", "date_input", "time_input"),
            *("datetime_input", "pills", "segmented_control", "toggle", "multiselect"),
        )
        return [w for kind in kinds for w in getattr(self.test, kind)]


class Held:
    """The store that the app of this process has open, with everything it computed."""

    path: Path | None = None

    def turn_to(self, path):
        """Open this store instead, unless it is the one that is open."""
        if self.path != path:
            self.let_go()
            self.path = path

    def let_go(self):
        if self.path is not None:
            cache.store().close()
        st.cache_resource.clear()
        self.path = None


HELD = Held()


@pytest.fixture
def store_path(tmp_path, monkeypatch):
    """Where the app of this test has its store; empty unless a fixture filled it."""
    path = tmp_path / "app.duckdb"
    monkeypatch.setenv("YEJI_DB", str(path))
    return path


@pytest.fixture
def driver(request, monkeypatch):
    """The app on the store of this test; the demo's stays open for the next one."""
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)  # as server.lifespan does
    is_shared = "demo" in request.fixturenames
    HELD.turn_to(request.getfixturevalue("demo" if is_shared else "store_path"))
    before = cache.store().versions() if is_shared else None
    browser = Driver(AppTest.from_file(APP, default_timeout=SECONDS))
    cookies = property(lambda _: StreamlitCookies({session.COOKIE: browser.cookie()}))
    monkeypatch.setattr(ContextProxy, "cookies", cookies)
    monkeypatch.setattr(ContextProxy, "ip_address", None)  # as Streamlit has it on this machine
    yield browser
    if not is_shared:
        HELD.let_go()
    elif cache.store().versions() != before:
        HELD.let_go()
        pytest.fail("changed the demo that others read: use own_demo")


@pytest.fixture(scope="session")
def demo_to_read(demo_file, tmp_path_factory):
    """One demo department a process, for all tests that only read it."""
    return running.copied(demo_file, tmp_path_factory.mktemp("read") / "demo.duckdb")


@pytest.fixture
def demo(demo_to_read, monkeypatch):
    """The demo department to read: what one test computed, the next one finds."""
    monkeypatch.setenv("YEJI_DB", str(demo_to_read))
    return demo_to_read


@pytest.fixture
def own_demo(store_path, demo_file):
    """The demo department as the store of this test, which may write to it."""
    return running.copied(demo_file, store_path)


@pytest.fixture
def small(store_path):
    """Two reps, two customers, one contact, a ladder: as little as a form needs."""
    store = Store(store_path)

    def add(record, rows):
        entry.put(store, record, rows, by("test"), entry.new_form_id())

    add(Rep, [{"id": "R1", "name": "Li Na", "team": "East"}, {"id": "R2", "name": "Wu Gang"}])
    names = ("id", "name_zh", "name_en", "kind", "position")
    add(
        Stage,
        [dict(zip(names, (*stage, n), strict=True)) for n, stage in enumerate(LADDER, start=1)],
    )
    add(
        Customer,
        [
            {"id": "C1", "name": "Hengyuan", "owner_rep_id": "R1", "region": "Jiangsu"},
            {"id": "C2", "name": "*Bold* [link](x)", "owner_rep_id": "R2"},
        ],
    )
    add(Contact, [{"id": "K1", "customer_id": "C1", "name": "Wang Jianguo"}])
    store.close()
    return store_path


@pytest.fixture
def today():
    """The department's present day."""
    return cache.now().date()


@pytest.fixture
def monday(today) -> date:
    return today - timedelta(days=today.weekday())


@pytest.fixture
def noon(today) -> datetime:
    return datetime.combine(today, datetime.min.time()).replace(hour=12)

"""Every screen as every role: it opens or says it may not, and names nobody out of reach."""

import json

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import app_test
from streamlit.util import calc_hash

from data import entry, permission, policy
from data.records import ROLES, Customer, Deal, Rep, Visit, WorkReport
from pages.ui import menu
from tests import signing_in
from tests.actors import by

SCREENS = [name for names in (*menu.MENU.values(), menu.UNLISTED) for name in names]
REFUSED = "This screen is not for your role"


class Framed(PagesManager):
    """Pages as the server has them, behind the menu: AppTest takes the folder for the menu."""


@pytest.fixture
def framed(driver, monkeypatch):
    """Opens screens by their address, through the frame that every request goes through."""
    monkeypatch.setattr(app_test, "PagesManager", Framed)

    def open_screen(screen, **address):
        driver.test.query_params.clear()
        driver.test.query_params.update(lang="en", **address)
        driver.test._page_hash = calc_hash(screen)
        driver.test.run(timeout=60)
        return driver.checked()

    return open_screen


def _sent(driver):
    """Everything that the screen sends to the browser."""
    elements = [element for block in driver.test._tree.children.values() for element in block]
    return b"".join(element.proto.SerializeToString() for element in elements if element.proto)


def _told(name):
    """A name as it may be written in what is sent: as it is, or as JSON."""
    return name.encode(), json.dumps(name)[1:-1].encode()


def _customers(driver, role):
    """Names of the customers that somebody of the role sees, and of those they must not."""
    [person] = driver.store.rows(Rep, match={"role": role}).sort("id").head(1).iter_rows(named=True)
    scope = permission.scope(driver.store.person(person["id"]))
    seen = driver.store.rows(Customer, scope)["name"].to_list()
    hidden = set(driver.store.rows(Customer)["name"]) - set(seen)
    names = [name for name in hidden if not any(name in other for other in seen)]
    assert seen and names
    return seen, names


def test_the_table_knows_every_screen():
    assert policy.SCREENS.keys() == set(SCREENS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_screens_and_no_others(small, driver, framed, role):
    driver.sign_in_as(role)
    for screen in SCREENS:
        framed(screen)
        is_open = policy.rights(role).may_open(screen)
        assert (REFUSED not in driver.text) == is_open, screen
        if not is_open:
            assert not driver.test.title and not driver.test.dataframe, screen


def _named(sent, names):
    return [name for name in names if any(word in sent for word in _told(name))]


@pytest.mark.parametrize("role", ["rep", "manager"])
def test_no_screen_names_a_customer_out_of_reach(demo, driver, framed, role):
    seen, hidden = _customers(driver.sign_in_as(role), role)
    everything = b""
    for screen in SCREENS:
        if policy.rights(role).may_open(screen):
            sent = _sent(framed(screen, period="year"))
            assert _named(sent, hidden) == [], screen
            everything += sent
    assert len(_named(everything, seen)) > len(seen) / 2


def test_an_address_made_by_hand_opens_nothing_out_of_reach(demo, driver, framed):
    _, hidden = _customers(driver.sign_in_as("rep"), "rep")
    store = driver.store
    customer = store.rows(Customer, match={"name": hidden[0]})["id"].item()
    deal = store.rows(Deal, match={"customer_id": customer})["id"][0]
    visit = store.rows(Visit, match={"customer_id": customer})["id"][0]
    rep = store.rows(Customer, ids=[customer])["owner_rep_id"].item()
    report = store.rows(WorkReport, match={"rep_id": rep, "status": "reviewed"})["id"][0]
    for screen, address, said in (
        ("customer", {"customer": customer}, "not one that you may see"),
        ("customers", {"customer": customer}, "no longer exists"),
        ("deals", {"deal": deal}, "no longer exists"),
        ("visits", {"visit": visit}, "no longer exists"),
        ("rep", {"rep": rep}, "not yours to see"),
        ("overview", {"rep": rep, "rows": "won_amount", "period": "year"}, "that you may see"),
        ("weekly-report", {"for": rep}, "What did this week bring"),
        ("weekly-reports", {"report": report}, REFUSED),
    ):
        sent = _sent(framed(screen, **address))
        assert _named(sent, hidden) == [], screen
        assert said.encode() in sent, screen


def test_a_rep_enters_what_is_their_own_and_no_costs(demo, driver):
    driver.sign_in_as("rep").open("customers", customer="new")
    own = driver.store.rows(Rep, match={"role": "rep"}).sort("id")["id"][0]
    assert driver.widget("customers.new", "owner_rep_id").value == own
    assert len(driver.widget("customers.new", "owner_rep_id").options) == 1
    deal = driver.store.rows(Deal, match={"rep_id": own, "status": "open"}).row(0, named=True)
    driver.open("deals", deal=deal["id"])
    key = f"deals.{deal['id']}"
    assert driver.widget(key, "name").value == deal["name"]
    assert not [w for w in driver.test.text_input if w.key.startswith(f"{key}.cost.")]
    choices = driver.open("weekly_report").test.selectbox
    assert "acting.choice" not in [choice.key for choice in choices]


def test_a_cost_engineer_changes_the_cost_and_reads_the_rest(demo, driver):
    deal = driver.sign_in_as("cost_engineer").store.rows(Deal, limit=1).row(0, named=True)
    driver.open("deals", deal=deal["id"])
    assert [w.key.split(".")[2] for w in driver.test.text_input] == ["cost"]
    assert deal["name"] in driver.text
    assert not [b for b in driver.open("deals").test.button if b.key == "deals.add"]
    assert "no longer exists" in driver.open("deals", deal="new").text


def test_who_leaves_is_out_at_the_next_click(small, driver, framed):
    driver.token = signing_in.as_person(driver.store, "R1")
    framed("overview")
    assert "Will this month" in driver.text
    entry.edit(driver.store, Rep, "R1", {"status": "left"}, by("test"), entry.new_form_id())
    sent = _sent(framed("customers"))
    assert "You are signed out" in driver.text
    assert b"Hengyuan" not in sent


def test_no_figure_is_computed_for_whom_figures_are_not(small, driver):
    """A screen's file run by itself, without the menu, is as closed."""
    driver.open("overview")  # which fails for nobody else
    driver.sign_in_as("admin").test.switch_page("pages/overview_page.py").run(timeout=60)
    assert driver.test.exception
    assert not driver.test.header
    assert not driver.test.dataframe

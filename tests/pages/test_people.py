from functools import partial
from pathlib import Path

import pytest
from streamlit import config
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest, app_test

from data import entry
from data.errors import SignInFailedError
from data.records import Rep
from pages.ui import i18n, tables
from tests import signing_in
from tests.actors import by
from tests.pages.conftest import APP, SECONDS

pytestmark = pytest.mark.usefixtures("cheap_passwords")
GOOD, BETTER = "four walls of paper", "a kettle in the rain"
PLACE = "127.0.0.1"


@pytest.fixture
def whole(small, driver, monkeypatch):
    """The app with its frame: Streamlit's test runner would open a page file by itself."""
    monkeypatch.setattr(app_test, "PagesManager", partial(PagesManager))
    driver.test.run(timeout=SECONDS)
    return driver


@pytest.fixture
def admin(small, driver):
    driver.sign_in_as("admin")
    return driver


def tick(driver, id):
    """Tick somebody in the list of people."""
    ids = driver.store.admission.everybody(by("test")).select("id")
    ticked = {"rows": [ids["id"].to_list().index(id)], "columns": [], "cells": []}
    driver.test.session_state[f"people.rows-light-{tables.identity(ids)}"] = {"selection": ticked}
    driver.test.run(timeout=SECONDS)
    return driver.checked()


def link(driver):
    """The link on the screen."""
    [code] = driver.test.code
    return code.value.split("token=")[1]


def accounts(driver):
    rows = driver.store.admission.everybody(by("test"))
    return dict(zip(rows["id"], rows["state"], strict=True))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_administrator_sees_everybody_and_the_state_of_their_account(admin, language):
    admin.open("people", language=language)
    [shown] = [table.value for table in admin.test.dataframe]
    assert shown["name"].tolist() == ["Li Na", "Test admin", "Wu Gang"]
    assert shown["account"].tolist()[0] == i18n.text(language, "account.none")
    assert shown["role"].tolist()[0] == {"zh": "业务员", "en": "Rep"}[language]


@pytest.mark.parametrize("role", ["gm", "manager", "rep", "assistant", "finance"])
def test_nobody_else_opens_the_screen(whole, role):
    whole.sign_in_as(role).open("people")
    assert not whole.test.dataframe
    assert i18n.text("en", "menu.refused") in whole.text


def test_a_link_lets_somebody_choose_a_password_and_is_shown_once(admin):
    tick(admin.open("people"), "R1").press("people.invite.R1")
    token = link(admin)
    assert accounts(admin)["R1"] == "invited"
    assert r"Login: li\.na" in admin.text
    admin.test.run(timeout=SECONDS)
    assert not admin.test.code
    admin.store.admission.join(token, GOOD, PLACE)
    assert admin.store.access.signed_in(admin.store.access.sign_in("Li.Na", GOOD, PLACE)).id == "R1"


def test_a_login_that_is_taken_or_no_login_is_said_so(admin):
    admin.store.admission.invite("R2", "somebody", by("test"))
    tick(admin.open("people"), "R1")
    for login, sentence in (("Somebody", "is taken"), ("li na", "no blanks")):
        admin.by_key("people.login.R1").set_value(login)
        admin.press("people.invite.R1")
        assert sentence in admin.text
        assert not admin.test.code
    assert accounts(admin)["R1"] == "none"


def test_an_account_is_closed_and_opened_again(admin):
    store = admin.store
    token = store.admission.join(store.admission.invite("R1", "li", by("test")), GOOD, PLACE)
    tick(admin.open("people"), "R1").press("people.close.R1")
    assert store.access.signed_in(token) is None
    assert accounts(admin)["R1"] == "closed"
    admin.press("people.reopen.R1")
    assert store.access.sign_in("li", GOOD, PLACE)


def test_somebody_is_signed_out_everywhere_by_the_administrator(admin):
    admin.store.admission.invite("R1", "li", by("test"))
    token = signing_in.as_person(admin.store, "R1")
    tick(admin.open("people"), "R1").press("people.everywhere.R1")
    assert admin.store.access.signed_in(token) is None


def test_somebody_outside_the_department_gets_an_account(admin):
    admin.open("people")
    admin.by_key("people.new.name").set_value("Zhao Min")
    admin.by_key("people.new.role").set_value("finance")
    admin.by_key("people.new.login").set_value("zhao")
    admin.press("people.add")
    token = admin.store.admission.join(link(admin), GOOD, PLACE)
    person = admin.store.access.signed_in(token)
    assert (person.name, person.role, person.rep_id) == ("Zhao Min", "finance", None)


def test_a_refused_account_keeps_what_was_entered(admin):
    admin.store.admission.invite("R2", "zhao", by("test"))
    admin.open("people")
    admin.by_key("people.new.name").set_value("Zhao Min")
    admin.by_key("people.new.login").set_value("zhao")
    admin.press("people.add")
    assert "is taken" in admin.text
    assert admin.by_key("people.new.name").value == "Zhao Min"


# ---- one's own account


@pytest.fixture
def rep(small, driver):
    """Li Na, signed in here with a password, and in another browser."""
    store = driver.store
    driver.token = store.admission.join(store.admission.invite("R1", "li", by("test")), GOOD, PLACE)
    driver.other = store.access.sign_in("li", GOOD, "10.0.0.9")
    return driver


def change(driver, present, wanted, again):
    for name, value in (("present", present), ("wanted", wanted), ("again", again)):
        driver.by_key(f"account.{name}").set_value(value)
    return driver.press("account.change")


def test_everybody_sees_where_they_are_signed_in_and_ends_the_others(rep):
    rep.open("account")
    [shown] = [table.value for table in rep.test.dataframe]
    assert sorted(shown["place"]) == ["10.0.0.9", PLACE]
    assert sorted(shown["browser"]) == ["Another browser", "This browser"]
    rep.press("account.elsewhere")
    assert rep.store.access.signed_in(rep.other) is None
    assert rep.store.access.signed_in(rep.token).id == "R1"


def test_a_password_is_changed_by_who_knows_it(rep):
    rep.open("account")
    change(rep, GOOD, BETTER, BETTER)
    assert i18n.text("en", "account_screen.changed") in rep.text
    assert rep.by_key("account.wanted").value == ""
    assert rep.store.access.signed_in(rep.other) is None
    assert rep.store.access.sign_in("li", BETTER, PLACE)
    with pytest.raises(SignInFailedError):
        rep.store.access.sign_in("li", GOOD, PLACE)


@pytest.mark.parametrize(
    ("present", "wanted", "again", "key"),
    [
        (BETTER, BETTER, BETTER, "errors.password_wrong"),
        (GOOD, BETTER, GOOD, "signin.differ"),
        (GOOD, "password123", "password123", "errors.password_guessable"),
    ],
)
def test_a_refused_password_keeps_the_entries_and_says_why(rep, present, wanted, again, key):
    change(rep.open("account"), present, wanted, again)
    assert i18n.text("en", key) in rep.text
    assert rep.by_key("account.wanted").value == wanted
    assert rep.store.access.sign_in("li", GOOD, PLACE)


# ---- every run


def test_who_is_shut_out_sees_nothing_on_the_next_run(whole, rep):
    rep.open("account")
    rep.store.admission.close("R1", by("test"))
    rep.test.run(timeout=SECONDS)
    assert not rep.test.dataframe
    assert i18n.text("en", "signin.over") in rep.text
    assert "/signin?next=" in str([html.value for html in rep.test.get("html")])


def test_who_has_left_sees_nothing_on_the_next_run(whole, rep):
    rep.open("account")
    entry.put(rep.store, Rep, [{"id": "R1", "status": "left"}], by("gm"), entry.new_form_id())
    rep.test.run(timeout=SECONDS)
    assert i18n.text("en", "signin.over") in rep.text


def test_another_person_in_the_same_browser_finds_nothing_of_the_one_before(whole, rep):
    rep.open("account")
    rep.test.session_state["kept"] = "Li Na's own"
    rep.token = signing_in.as_person(rep.store, "R2")
    rep.test.run(timeout=SECONDS)
    assert "kept" not in rep.test.session_state


@pytest.mark.parametrize("name", ["overview", "customers", "people", "department"])
def test_without_a_session_neither_the_app_nor_a_page_file_by_itself_shows_anything(
    whole, caplog, capfd, name
):
    """The gate would not let it come so far."""
    whole.token = "nobody's"
    whole.open(name)
    assert len(whole.test.title) == 0
    assert i18n.text("en", "signin.over") in whole.text
    alone = AppTest.from_file(str(Path(APP).parent / f"pages/{name}_page.py"))
    alone.run(timeout=SECONDS)
    assert len(alone.exception) == 1
    said = [*capfd.readouterr(), caplog.text]  # Streamlit prints it where rich is installed
    assert "NotSignedInError" in "".join(said)
    assert len(alone.dataframe) == len(alone.metric) == 0


@pytest.fixture
def company(tmp_path):
    """A department whose people have company accounts."""
    file = tmp_path / "secrets.toml"
    file.write_text(
        '[auth]\nclient_id = "yeji"\nredirect_uri = "http://127.0.0.1:8501/oauth2callback"\n'
    )
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(file)])
    secrets_singleton._reset()
    yield
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


def test_the_e_mail_of_a_company_account_is_entered(company, admin):
    tick(admin.open("people"), "R1")
    admin.set("people.email.R1", "li.na@example.com")
    assert "The e-mail is kept" in admin.text
    assert admin.store.admission.everybody(by("test"))["email"].to_list()[0] == "li.na@example.com"
    admin.set("people.email.R1", "nobody")
    assert "is no e-mail address" in admin.text


def test_without_company_accounts_no_e_mail_is_asked_for(admin):
    tick(admin.open("people"), "R1")
    assert "people.email.R1" not in [widget.key for widget in admin.test.text_input]

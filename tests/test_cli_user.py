"""Accounts from a terminal, on a store that no app holds."""

import pytest

from data.errors import LinkInvalidError
from data.store import Store
from tests import running, signing_in

PASSWORD = "four walls of paper"
pytestmark = pytest.mark.usefixtures("cheap_passwords")


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "store.duckdb"
    opened = Store(path)
    signing_in.a_department(opened)
    opened.close()
    return path


def user(store, *typed, language="en", code=0):
    done = running.typed(store, "user", *typed, language=language)
    assert done.code == code, done.err
    return done.out if code == 0 else done.err


def joined(store, said):
    """What a link gives: who is signed in once its person has chosen a password."""
    opened = Store(store)
    try:
        token = opened.admission.join(said.strip().split("token=")[1], PASSWORD, None)
        return opened.access.signed_in(token)
    finally:
        opened.close()


def states(store, language="en"):
    lines = user(store, "list", language=language).splitlines()[2:]
    return {line.split("  ")[0]: line for line in lines}


@pytest.mark.parametrize(("language", "state"), [("en", "no account"), ("zh", "无账号")])
def test_everybody_is_listed_with_their_account(store, language, state):
    listed = states(store, language)
    assert set(listed) == {"Li Na", "Wu Gang", "Zhao Min"}
    assert all(state in line for line in listed.values())


def test_a_link_and_its_login_are_printed_once_and_let_its_person_in(store):
    said = user(store, "link", "R1", "--login", "Li.Na")
    assert "http://127.0.0.1:8501/join?token=" in said
    assert "li.na" in said
    assert "invited" in states(store)["Li Na"]
    assert joined(store, said).id == "R1"
    assert "can sign in" in states(store)["Li Na"]


def test_somebody_outside_the_department_is_added_with_a_role(store):
    person = joined(store, user(store, "add", "Ann", "--role", "finance"))
    assert (person.name, person.role, person.rep_id) == ("Ann", "finance", None)


def test_a_new_link_makes_the_one_before_void(store):
    first = user(store, "link", "R1", "--login", "li")
    second = user(store, "link", "li")
    assert joined(store, second).id == "R1"
    opened = Store(store)
    with pytest.raises(LinkInvalidError):
        opened.admission.guest(first.strip().split("token=")[1])
    opened.close()


def test_an_account_is_closed_and_reopened_by_login_id_or_name(store):
    joined(store, user(store, "link", "R1", "--login", "li"))
    for who in ("li", "R1", "Li Na"):
        user(store, "close", who)
        assert "closed" in states(store)["Li Na"]
        user(store, "reopen", who)
        assert "can sign in" in states(store)["Li Na"]


def test_the_first_administrator_s_link_is_void_once_there_is_one(store):
    said = user(store, "admin-link")
    assert "/setup?token=" in said
    joined(store, user(store, "add", "Ann", "--role", "admin"))
    opened = Store(store)
    with pytest.raises(LinkInvalidError):
        opened.admission.check_set_up(said.strip().split("token=")[1])
    assert not opened.admission.state().needs_set_up
    opened.close()


def test_the_last_administrator_stays(store):
    joined(store, user(store, "add", "Ann", "--role", "admin"))
    assert "last person who manages accounts" in user(store, "close", "ann", code=1)
    joined(store, user(store, "add", "Bo", "--role", "admin"))
    user(store, "close", "ann")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("close", "nobody"), "is nobody here"),
        (("link", "R1", "--login", "li na"), "no blanks"),
        (("link", "Li Na"), "no blanks"),
        (("close", "R1"), "no longer exists"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(store, typed, sentence):
    said = user(store, *typed, code=1)
    assert sentence in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "typed", [(), ("add", "Ann"), ("add", "Ann", "--role", "king"), ("dance",)]
)
def test_a_wrong_command_is_refused(store, typed):
    user(store, *typed, code=2)

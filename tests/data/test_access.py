from datetime import timedelta
from types import SimpleNamespace

import argon2
import pytest

from data import attempts, entry, passwords, sessions
from data.actor import MACHINE
from data.errors import (
    DemoClosedError,
    EmailRefusedError,
    EmailTakenError,
    EmailUnknownError,
    NotAllowedError,
    PasswordWrongError,
    SignInFailedError,
    TooManyAttemptsError,
)
from data.records import Rep
from data.store import Store
from tests.actors import by

pytestmark = pytest.mark.usefixtures("cheap_passwords")
PASSWORD = "four walls of paper"
OTHER = "a kettle in the rain"
HERE, ELSEWHERE = "10.0.0.7", "192.0.2.1"


@pytest.fixture
def access(department):
    return department.access


@pytest.fixture
def rep(department):
    """R1 with an account, signed in from HERE."""
    link = department.admission.invite("R1", "Li.Na", MACHINE)
    token = department.admission.join(link, PASSWORD, HERE)
    return SimpleNamespace(id="R1", login="li.na", token=token)


def change(store, id, **values):
    entry.put(store, Rep, [{"id": id, **values}], by("gm"), entry.new_form_id())


def actions(store):
    return store.audit_rows()["action"].to_list()


def test_who_is_signed_in_is_the_person_of_the_department(access, rep):
    person = access.signed_in(rep.token)
    assert (person.id, person.name, person.role, person.team) == ("R1", "Rep 1", "rep", "East")


@pytest.mark.parametrize("token", [None, "", "x", "é" * 50])
def test_no_token_and_no_session_s_token_are_nobody(access, rep, token):
    assert access.signed_in(token) is None


@pytest.mark.parametrize("login", ["li.na", " LI.NA ", "ｌｉ．ｎａ"])
def test_a_login_may_be_written_in_any_case_and_width(access, rep, login):
    assert access.signed_in(access.sign_in(login, PASSWORD, HERE)).id == "R1"


def test_signing_in_again_ends_the_browser_s_old_session(access, rep):
    new = access.sign_in("li.na", PASSWORD, HERE, rep.token)
    assert access.signed_in(rep.token) is None
    assert access.signed_in(new).id == "R1"


def test_signing_out_ends_this_session_only(access, rep):
    other = access.sign_in("li.na", PASSWORD, ELSEWHERE)
    access.sign_out(rep.token, HERE)
    assert access.signed_in(rep.token) is None
    assert access.signed_in(other).id == "R1"
    access.sign_out(rep.token, HERE)  # harmless


def test_signing_out_everywhere_may_spare_the_present_session(access, rep):
    other = access.sign_in("li.na", PASSWORD, ELSEWHERE)
    access.sign_out_everywhere("R1", by("R1"), but=rep.token)
    assert access.signed_in(other) is None
    assert access.signed_in(rep.token).id == "R1"
    access.sign_out_everywhere("R1", by("R1"))
    assert access.signed_in(rep.token) is None


def test_a_session_ends_when_it_is_not_used(access, rep, clock):
    clock.now += sessions.IDLE - timedelta(minutes=1)
    assert access.signed_in(rep.token, is_use=False)
    assert access.signed_in(rep.token)
    clock.now += sessions.IDLE - timedelta(minutes=1)
    assert access.signed_in(rep.token, is_use=False)
    clock.now += timedelta(minutes=1)
    assert access.signed_in(rep.token) is None


def test_a_session_ends_however_much_it_is_used(access, rep, clock):
    begun = clock.now
    while clock.now + sessions.IDLE / 2 < begun + sessions.LONGEST:
        clock.now += sessions.IDLE / 2
        assert access.signed_in(rep.token)
    clock.now = begun + sessions.LONGEST + timedelta(seconds=1)
    assert access.signed_in(rep.token) is None


def test_use_is_written_down_once_a_minute_and_changes_no_version(department, access, rep, clock):
    versions, rows = department.versions(), len(actions(department))
    for _ in range(5):
        clock.now += timedelta(seconds=50)
        access.signed_in(rep.token)
    department.close()
    again = Store(department.path, clock)
    [session] = again.access.sessions("R1")
    assert clock.now.replace(tzinfo=None) - session.seen_at < timedelta(minutes=2)
    assert again.versions() == versions
    assert len(actions(again)) == rows
    again.close()


def test_a_restart_keeps_people_signed_in(department, rep, clock):
    department.close()
    again = Store(department.path, clock)
    assert again.access.signed_in(rep.token).id == "R1"
    again.close()


def test_who_leaves_is_signed_out_at_once_and_does_not_come_in_again(department, access, rep):
    assert access.signed_in(rep.token)
    change(department, "R1", status="left")
    assert access.signed_in(rep.token) is None
    with pytest.raises(SignInFailedError):
        access.sign_in("li.na", PASSWORD, HERE)


def test_a_new_role_holds_at_once(department, access, rep):
    assert access.signed_in(rep.token).role == "rep"
    change(department, "R1", role="manager")
    assert access.signed_in(rep.token).role == "manager"


def test_a_closed_account_is_signed_out_at_once_and_for_good(department, access, rep):
    department.admission.close("R1", MACHINE)
    assert access.signed_in(rep.token) is None
    with pytest.raises(SignInFailedError):
        access.sign_in("li.na", PASSWORD, HERE)
    department.admission.reopen("R1", MACHINE)
    assert access.signed_in(rep.token) is None
    assert access.signed_in(access.sign_in("li.na", PASSWORD, HERE)).id == "R1"


# ---- the demo


def test_the_demo_lets_in_whoever_asks_until_it_is_emptied(department, access):
    department.save_settings({"is_demo": True}, MACHINE)
    token = access.sign_in_to_demo("rep", HERE)
    assert access.signed_in(token).role == "rep"
    department.save_settings({"is_demo": False}, MACHINE)
    assert access.signed_in(token) is None
    with pytest.raises(DemoClosedError):
        access.sign_in_to_demo("rep", HERE)


@pytest.mark.parametrize("role", ["admin", "gm", "", "rep' OR 1=1"])
def test_the_demo_has_only_its_four_roles_and_its_own_people(department, access, role):
    department.save_settings({"is_demo": True}, MACHINE)
    with pytest.raises(DemoClosedError):
        access.sign_in_to_demo(role, HERE)


def test_emptying_the_demo_ends_the_accounts_of_its_people(department, access, rep):
    admin = department.admission.add("Ann", "admin", "ann", MACHINE)
    link = department.admission.invite(admin, None, MACHINE)
    boss = department.admission.join(link, OTHER, HERE)
    department.save_settings({"is_demo": True}, MACHINE)
    department.empty_demo(MACHINE)
    assert access.signed_in(rep.token) is None
    assert access.signed_in(boss).name == "Ann"
    assert department.admission.everybody(MACHINE)["login"].to_list() == ["ann"]


# ---- passwords


@pytest.fixture
def hashed(monkeypatch):
    """How often argon2 worked, by what it was asked."""
    done = []
    for name in ("hash", "verify"):
        real = getattr(argon2.PasswordHasher, name)

        def counted(hasher, *given, name=name, real=real):
            done.append(name)
            return real(hasher, *given)

        monkeypatch.setattr(argon2.PasswordHasher, name, counted)
    return done


@pytest.mark.parametrize("login", ["li.na", "nobody", "R2", "closed", ""])
def test_every_failure_says_the_same_and_costs_the_same_work(
    department, access, rep, hashed, login
):
    department.admission.invite("R2", "R2", MACHINE)  # has chosen no password yet
    gone = department.admission.add("Gone", "finance", "closed", MACHINE)
    department.admission.join(department.admission.invite(gone, None, MACHINE), OTHER, HERE)
    department.admission.close(gone, MACHINE)
    hashed.clear()
    with pytest.raises(SignInFailedError) as caught:
        access.sign_in(login, "not " + OTHER if login != "closed" else OTHER, HERE)
    assert hashed == ["verify"]
    assert caught.value.values == {}


def test_a_hash_of_weaker_parameters_is_made_anew_when_its_person_signs_in(department, access, rep):
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    access.write(
        lambda turn: turn.write("accounts", "UPDATE accounts SET password_hash = ?", [weak])
    )
    access.sign_in("li.na", PASSWORD, HERE)
    [(kept,)] = access.write(lambda turn: turn.rows("SELECT password_hash FROM accounts"))
    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(kept)
    assert passwords.is_right(kept, PASSWORD)


def test_a_changed_password_signs_out_everywhere_else(access, rep):
    other = access.sign_in("li.na", PASSWORD, ELSEWHERE)
    access.change_password(rep.token, PASSWORD, OTHER, HERE)
    assert access.signed_in(rep.token).id == "R1"
    assert access.signed_in(other) is None
    with pytest.raises(SignInFailedError):
        access.sign_in("li.na", PASSWORD, HERE)
    assert access.signed_in(access.sign_in("li.na", OTHER, HERE)).id == "R1"


def test_the_present_password_is_asked_for_only_so_often(access, rep, clock):
    for _ in range(attempts.PAIR.most):
        with pytest.raises(PasswordWrongError):
            access.change_password(rep.token, OTHER, OTHER, HERE)
    with pytest.raises(TooManyAttemptsError):
        access.change_password(rep.token, PASSWORD, OTHER, HERE)
    clock.now += attempts.PAIR.within
    access.change_password(rep.token, PASSWORD, OTHER, HERE)


# ---- how often one may try


def fail(access, login, place, times):
    for _ in range(times):
        with pytest.raises(SignInFailedError):
            access.sign_in(login, "wrong password", place)


def test_after_five_wrong_passwords_one_waits_and_then_comes_in(access, rep, clock, hashed):
    fail(access, "li.na", HERE, attempts.PAIR.most)
    hashed.clear()
    with pytest.raises(TooManyAttemptsError) as caught:
        access.sign_in("li.na", PASSWORD, HERE)
    assert hashed == []  # what is not tried costs nothing
    assert caught.value.values == {"minutes": 5}
    clock.now += attempts.PAIR.within
    assert access.signed_in(access.sign_in("li.na", PASSWORD, HERE)).id == "R1"


def test_an_unknown_login_is_limited_like_a_known_one(access, rep):
    fail(access, "nobody", HERE, attempts.PAIR.most)
    with pytest.raises(TooManyAttemptsError):
        access.sign_in("nobody", PASSWORD, HERE)


def test_an_attack_from_many_addresses_does_not_lock_its_victim_out(access, rep):
    for place in range(attempts.ACCOUNT.most):
        fail(access, "li.na", f"198.51.100.{place}", 1)
    with pytest.raises(TooManyAttemptsError):
        access.sign_in("li.na", PASSWORD, "203.0.113.9")
    assert access.signed_in(access.sign_in("li.na", PASSWORD, HERE)).id == "R1"


def test_one_address_cannot_try_all_accounts(access, rep, clock):
    for number in range(attempts.PLACE.most):
        fail(access, f"somebody-{number}", ELSEWHERE, 1)
    with pytest.raises(TooManyAttemptsError):
        access.sign_in("one-more", PASSWORD, ELSEWHERE)
    clock.now += attempts.PLACE.within
    fail(access, "one-more", ELSEWHERE, 1)


def test_a_limit_ends_in_time_even_when_tries_go_on_and_the_clock_goes_back(access, rep, clock):
    fail(access, "li.na", HERE, attempts.PAIR.most)
    for _ in range(4):
        clock.now += timedelta(minutes=1)
        with pytest.raises(TooManyAttemptsError):
            access.sign_in("li.na", PASSWORD, HERE)
    clock.now -= timedelta(days=1)
    assert access.sign_in("li.na", PASSWORD, HERE)


# ---- the log


def test_the_log_tells_what_happened_from_where_and_no_secret(department, access, rep):
    fail(access, "li.na", ELSEWHERE, 1)
    fail(access, PASSWORD, ELSEWHERE, 1)  # typed into the wrong field
    token = access.sign_in("li.na", PASSWORD, HERE)
    access.change_password(token, PASSWORD, OTHER, HERE)
    access.sign_out(token, HERE)
    rows = department.audit_rows().filter(record="Account")
    told = rows.select("person", "action", "place").rows()
    assert told[:3] == [
        ("local", "invited", "terminal"),
        ("R1", "joined", HERE),
        ("R1", "sign_in", HERE),
    ]
    assert told[3:] == [
        ("R1", "sign_in_failed", ELSEWHERE),
        ("nobody", "sign_in_failed", ELSEWHERE),
        ("R1", "sign_in", HERE),
        ("R1", "password_changed", HERE),
        ("R1", "sign_out", HERE),
    ]
    text = str(rows.rows())
    assert not any(secret in text for secret in (PASSWORD, OTHER, token, "argon2"))


def test_an_attacker_cannot_flood_the_log(department, access, rep):
    before = len(actions(department))
    for place in range(40):
        fail(access, f"somebody-{place}", f"198.51.100.{place}", attempts.PAIR.most)
    assert len(actions(department)) - before == 80
    for place in range(40, 40 + attempts.NOTED.most):
        fail(access, f"somebody-{place}", f"198.51.{place // 250}.{place % 250}", 1)
    assert len(actions(department)) - before == attempts.NOTED.most


def test_no_file_of_the_store_holds_a_token_or_password(department, access, rep):
    access.sign_in("li.na", PASSWORD, HERE)
    department.close()
    for file in department.path.parent.iterdir():
        kept = file.read_bytes()
        assert rep.token.encode() not in kept
        assert PASSWORD.encode() not in kept


def test_only_who_manages_accounts_gives_access(department, rep):
    for actor in (by("R1"), by("R2")):
        stranger = type(actor)(actor.id)
        with pytest.raises(NotAllowedError):
            department.admission.invite("R2", None, stranger)
        with pytest.raises(NotAllowedError):
            department.admission.close("R1", stranger)
        with pytest.raises(NotAllowedError):
            department.admission.add("Eve", "admin", "eve", stranger)
        with pytest.raises(NotAllowedError):
            department.admission.set_up_link(stranger)


def test_an_e_mail_lets_in_its_person_and_only_while_they_may(department, access, rep):
    department.admission.set_email("R1", "Li.Na@Example.com", MACHINE)
    token = access.sign_in_by_email("li.na@example.COM", HERE)
    assert access.signed_in(token).id == "R1"
    assert access.sessions("R1")[0].kind == "oidc"
    department.admission.close("R1", MACHINE)
    assert access.signed_in(token) is None
    with pytest.raises(EmailUnknownError):
        access.sign_in_by_email("li.na@example.com", HERE)


def test_an_e_mail_is_one_person_s_and_can_be_taken_back(department, access, rep):
    department.admission.set_email("R2", "wu@example.com", MACHINE)  # who had no account
    assert access.signed_in(access.sign_in_by_email("wu@example.com", HERE)).id == "R2"
    with pytest.raises(EmailTakenError):
        department.admission.set_email("R1", "WU@example.com", MACHINE)
    with pytest.raises(EmailRefusedError):
        department.admission.set_email("R1", "wu at example", MACHINE)
    department.admission.set_email("R2", None, MACHINE)
    with pytest.raises(EmailUnknownError):
        access.sign_in_by_email("wu@example.com", HERE)

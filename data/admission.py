"""Who may come in at all: the first administrator, accounts, one-time links.

A link is shown once, to whoever asked for it, and lets its person choose a password: the
first one, or another one when it was forgotten.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

import duckdb
import polars as pl

from data import accounts, passwords, people, permission, policy, sessions
from data.access import MANAGE, Access, begun, log
from data.accounts import Account
from data.actor import Actor
from data.connection import Connection
from data.errors import LastAdministratorError, LinkInvalidError, NotFoundError
from data.people import Person
from data.writer import Transaction

_Row = TypeVar("_Row", Account, Person)
_EVERYBODY = """
    WITH invited AS (
        SELECT DISTINCT person_id FROM invitations WHERE used_at IS NULL AND expires_at > $now
    ), seen AS (
        SELECT person_id, max(seen_at) AS seen_at FROM sessions GROUP BY person_id
    ), known AS (
        SELECT
            coalesce(r.id, a.id) AS id, coalesce(r.name, a.name) AS name,
            coalesce(r.role, a.role) AS role, r.team, r.id AS rep_id, r.status, a.login, a.email,
            a.is_closed, a.password_hash IS NOT NULL AS has_password
        FROM reps AS r FULL JOIN accounts AS a ON a.id = r.id
        WHERE r.id IS NOT NULL OR a.role IS NOT NULL
    )
    SELECT
        k.id, k.name, k.role, k.team, k.rep_id, k.login, k.email, s.seen_at,
        CASE
            WHEN k.status = 'left' THEN 'left'
            WHEN k.login IS NULL THEN 'none'
            WHEN k.is_closed THEN 'closed'
            WHEN i.person_id IS NOT NULL THEN 'invited'
            WHEN k.has_password THEN 'open'
            ELSE 'lapsed'
        END AS state
    FROM known AS k
    LEFT JOIN invited AS i ON i.person_id = k.id
    LEFT JOIN seen AS s ON s.person_id = k.id
    ORDER BY k.name, k.id
"""


class Guest(NamedTuple):
    """Whom a one-time link lets in."""

    login: str
    name: str


class State(NamedTuple):
    """What the first page must know of the accounts."""

    has_accounts: bool  # with a password
    needs_set_up: bool  # nobody can sign in who may manage accounts


class Admission:
    """Accounts and links of one store; safe to use from any thread."""

    def __init__(
        self, connection: Connection, access: Access, clock: Callable[[], datetime]
    ) -> None:
        self._connection = connection
        self._access = access
        self._clock = clock

    def everybody(self, actor: Actor) -> pl.DataFrame:
        """All people by name: id, name, role, team, rep_id, login, email, seen_at (UTC), state.

        `state` is open, invited (a link waits for them), lapsed (it is too old and they
        have no password), closed, left, or none: they have no account.

        Raises:
            NotAllowedError: the actor does not manage accounts.
        """
        with self._connection.cursor() as cursor:
            permission.require(cursor, actor, MANAGE)
            return cursor.sql(_EVERYBODY, params={"now": self._clock()}).pl()

    # ---- the first administrator

    def state(self) -> State:
        """Whether anybody can sign in, and who may manage accounts."""
        with self._connection.cursor() as cursor:
            query = "SELECT 1 FROM accounts WHERE password_hash IS NOT NULL LIMIT 1"
            has_accounts = bool(cursor.execute(query).fetchall())
            return State(has_accounts, not _managers(cursor))

    def set_up_link(self, actor: Actor) -> str:
        """The token of a new link for the first administrator; older ones are void."""

        def work(turn: Transaction) -> str:
            permission.require(turn.cursor, actor, MANAGE)
            log(turn, actor, "set_up_link", "administrator")
            return accounts.invite(turn, None)

        return self._access.write(work)

    def check_set_up(self, token: str) -> None:
        """Refuse a link that sets nothing up.

        Raises:
            LinkInvalidError: it is void, or somebody has set up already.
        """
        with self._connection.cursor() as cursor:
            _check_set_up(cursor, token, self._clock())

    def set_up(self, token: str, name: str, login: str, password: str, place: str | None) -> str:
        """Make the first administrator by a link; the token of their session.

        Raises:
            LinkInvalidError: the link is void, or somebody has set up already.
            LoginRefusedError, LoginTakenError: of `login`.
            PasswordTooShortError, PasswordTooLongError, PasswordGuessableError: of `password`.
        """
        self.check_set_up(token)
        passwords.check(password, (login, name))
        kept = passwords.hashed(password)

        def work(turn: Transaction) -> str:
            _check_set_up(turn.cursor, token, turn.moment)
            account = accounts.create(turn, _new_id(), login, name.strip() or login, "admin")
            accounts.set_password(turn, account.id, kept)
            accounts.use_up(turn, None)
            log(turn, Actor(account.id, place), "set_up", account.id, login=account.login)
            return begun(turn, account.id, "password", place, None)

        return self._access.write(work)

    # ---- accounts

    def add(self, name: str, role: str, login: str, actor: Actor) -> str:
        """An account for somebody who is not in the department's list; their id.

        Raises:
            LoginRefusedError, LoginTakenError: of `login`.
            NotAllowedError: the actor does not manage accounts.
        """

        def work(turn: Transaction) -> str:
            permission.require(turn.cursor, actor, MANAGE)
            account = accounts.create(turn, _new_id(), login, name.strip() or login, role)
            log(turn, actor, "account_opened", account.id, login=account.login, role=role)
            return account.id

        return self._access.write(work)

    def invite(self, id: str, login: str | None, actor: Actor) -> str:
        """The token of a new link for a person; older ones are void, their password stays.

        `login` is for whoever has no account yet.

        Raises:
            NotFoundError: nobody has this id, or they have left or are shut out.
            LoginRefusedError, LoginTakenError: of `login`.
            NotAllowedError: the actor does not manage accounts.
        """

        def work(turn: Transaction) -> str:
            permission.require(turn.cursor, actor, MANAGE)
            person = _found(people.person(turn.cursor, id), id)
            account = accounts.of(turn.cursor, id)
            if account is None:
                account = accounts.create(turn, id, login or person.name)
            log(turn, actor, "invited", id, login=account.login)
            return accounts.invite(turn, id)

        return self._access.write(work)

    def close(self, id: str, actor: Actor) -> None:
        """Shut somebody out, now.

        Raises:
            NotFoundError: they have no account.
            LastAdministratorError: nobody would be left who manages accounts.
            NotAllowedError: the actor does not manage accounts.
        """

        def work(turn: Transaction) -> None:
            permission.require(turn.cursor, actor, MANAGE)
            account = _found(accounts.of(turn.cursor, id), id)
            if _managers(turn.cursor) == {id}:
                raise LastAdministratorError
            accounts.set_closed(turn, account.id, is_closed=True)
            log(turn, actor, "account_closed", id, login=account.login)

        self._access.write(work)

    def reopen(self, id: str, actor: Actor) -> None:
        """Let somebody in again, with the password they had.

        Raises:
            NotFoundError: they have no account.
            NotAllowedError: the actor does not manage accounts.
        """

        def work(turn: Transaction) -> None:
            permission.require(turn.cursor, actor, MANAGE)
            account = _found(accounts.of(turn.cursor, id), id)
            accounts.set_closed(turn, account.id, is_closed=False)
            log(turn, actor, "account_reopened", id, login=account.login)

        self._access.write(work)

    def set_email(self, id: str, email: str | None, actor: Actor) -> None:
        """Let a person in by the company account of this e-mail; None: no longer.

        Whoever has no account yet gets one, whose login it is.

        Raises:
            NotFoundError: nobody has this id, or they have left or are shut out.
            EmailRefusedError, EmailTakenError, LoginTakenError: of `email`.
            NotAllowedError: the actor does not manage accounts.
        """

        def work(turn: Transaction) -> None:
            permission.require(turn.cursor, actor, MANAGE)
            _found(people.person(turn.cursor, id), id)
            if accounts.of(turn.cursor, id) is None and email:
                accounts.create(turn, id, email)
            kept = accounts.set_email(turn, id, email)
            log(turn, actor, "email_changed", id, email=kept)

        self._access.write(work)

    # ---- one-time links

    def guest(self, token: str) -> Guest:
        """Whom a link lets in.

        Raises:
            LinkInvalidError: it is void, or its person has left or is shut out.
        """
        with self._connection.cursor() as cursor:
            return _guest(cursor, token, self._clock())[1]

    def join(self, token: str, password: str, place: str | None, old: str | None = None) -> str:
        """Choose a password by a link; the token of a session, all others of the person end.

        Raises:
            LinkInvalidError: it is void, or its person has left or is shut out.
            PasswordTooShortError, PasswordTooLongError, PasswordGuessableError: of `password`.
        """
        passwords.check(password, self.guest(token))
        kept = passwords.hashed(password)

        def work(turn: Transaction) -> str:
            id, guest = _guest(turn.cursor, token, turn.moment)
            accounts.set_password(turn, id, kept)
            sessions.end_all(turn, id)
            log(turn, Actor(id, place), "joined", id, login=guest.login)
            return begun(turn, id, "password", place, old)

        return self._access.write(work)


def _new_id() -> str:
    return str(uuid.uuid4())


def _managers(cursor: duckdb.DuckDBPyConnection) -> set[str]:
    """The ids of those who can sign in and manage accounts."""
    roles = [role for role, rights in policy.ROLES.items() if rights.may(MANAGE)]
    able = (person for role in roles for person in people.of_role(cursor, role))
    known = ((person.id, accounts.of(cursor, person.id)) for person in able)
    return {id for id, account in known if account and account.password_hash}


def _check_set_up(cursor: duckdb.DuckDBPyConnection, token: str, now: datetime) -> None:
    if accounts.invited(cursor, token, now) is not None or _managers(cursor):
        raise LinkInvalidError


def _guest(cursor: duckdb.DuckDBPyConnection, token: str, now: datetime) -> tuple[str, Guest]:
    id = accounts.invited(cursor, token, now)
    person = people.person(cursor, id) if id else None
    account = accounts.of(cursor, id) if id else None
    if id is None or person is None or account is None:
        raise LinkInvalidError
    return id, Guest(account.login, person.name)


def _found(found: _Row | None, id: str) -> _Row:
    if found is None:
        raise NotFoundError(record="Account", id=id)
    return found

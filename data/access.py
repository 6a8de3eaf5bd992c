"""Who is signed in, and every way in and out: what the gate and the screens ask.

`Access.signed_in` alone decides who somebody is. It is asked on every request and every
run, so it answers from memory until an account, a session or a person has changed.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from data import accounts, passwords, people, permission, sessions
from data.accounts import Account
from data.actor import Actor
from data.attempts import Attempts
from data.connection import Connection
from data.errors import (
    DemoClosedError,
    EmailUnknownError,
    PasswordWrongError,
    SignInFailedError,
    StoreClosedError,
)
from data.people import Person
from data.sessions import Session
from data.settings import Settings
from data.writer import Transaction, Writer

DEMO_ROLES = ("gm", "manager", "rep", "assistant")  # whom the demo can be looked at as

_Result = TypeVar("_Result")
MANAGE = "people"  # the action of who manages accounts
NOBODY = "nobody"  # whom the log names for a login that no account has
_LARGEST = 1_000  # sessions answered from memory


class _Known(NamedTuple):
    """What is remembered, and the state of the store that it was read from."""

    state: tuple[object, ...]
    people: dict[str, tuple[Session, Person]]  # by the token's hash


class Access:
    """The ways into one store; safe to use from any thread."""

    def __init__(
        self,
        connection: Connection,
        writer: Writer,
        clock: Callable[[], datetime],
        settings: Callable[[], Settings],
    ) -> None:
        self._connection = connection
        self._writer = writer
        self._clock = clock
        self._settings = settings
        self._attempts = Attempts(clock)
        self._changed = object()  # another one after each change of accounts and sessions
        self._known = _Known((), {})
        self._seen: dict[str, datetime] = {}  # when a session was last used, by the token's hash

    # ---- who is signed in

    def signed_in(self, token: str | None, *, is_use: bool = True) -> Person | None:
        """Whose session the token is; None when it is nobody's, over, or theirs no more.

        A session of the demo ends with the demo. `is_use` keeps it from ending unused.
        """
        if not token:
            return None
        found = self._found(sessions.hashed(token))
        if found is None:
            return None
        session, person = found
        now = self._clock()
        seen = self._last_seen(session)
        if session._replace(seen_at=seen).is_over(now):
            return None
        if session.kind == "demo" and not self._settings().is_demo:
            return None
        if is_use and now - seen >= sessions.TOUCH:
            self._touch(session.token_hash, now)
        return person

    def _found(self, token_hash: str) -> tuple[Session, Person] | None:
        state = (self._changed, self._writer.versions["reps"])  # read before the rows
        known = self._known
        if known.state != state or len(known.people) > _LARGEST:
            known = self._known = _Known(state, {})
        if token_hash not in known.people:
            with self._connection.cursor() as cursor:
                session = sessions.of(cursor, token_hash)
                person = people.person(cursor, session.person_id) if session else None
            if session is None or person is None:
                return None
            known.people[token_hash] = session, person
        return known.people[token_hash]

    def _last_seen(self, session: Session) -> datetime:
        return max(session.seen_at, self._seen.get(session.token_hash, session.seen_at))

    def _touch(self, token_hash: str, now: datetime) -> None:
        """Note that a session is in use; nobody waits for it."""
        if len(self._seen) > _LARGEST:
            self._seen.clear()
        self._seen[token_hash] = now
        with contextlib.suppress(StoreClosedError):  # the app is going down
            self._writer.submit(lambda work: sessions.touch(work, token_hash, now))

    # ---- in and out

    def sign_in(self, login: str, password: str, place: str | None, old: str | None = None) -> str:
        """The token of a new session; the browser's `old` one ends.

        Whether the login is unknown, the password wrong or the person shut out: the
        answer and the work are the same.

        Raises:
            TooManyAttemptsError: too many tries by this account or address; nothing was tried.
            SignInFailedError: that is nobody who may come in.
        """
        account, tries = self._tried(login, place)
        is_right = passwords.is_right(account.password_hash if account else None, password)
        person = self._person(account.id) if account else None
        if not is_right or account is None or person is None:
            self._note_failure(account, place, tries)
            raise SignInFailedError
        self._attempts.forgive(_key(account.login), place or "")
        kept = account.password_hash or ""
        renewed = passwords.hashed(password) if passwords.is_outdated(kept) else None

        def work(turn: Transaction) -> str:
            if accounts.of(turn.cursor, account.id) != account:  # meanwhile closed or changed
                raise SignInFailedError
            if renewed:
                accounts.rehash(turn, account.id, renewed)
            return begun(turn, account.id, "password", place, old)

        return self.write(work)

    def sign_in_by_email(self, email: str, place: str | None, old: str | None = None) -> str:
        """The token of a session as whom the company's provider knows by this e-mail.

        Raises:
            EmailUnknownError: no account has it, or its person has left or is shut out.
        """

        def work(turn: Transaction) -> str:
            account = accounts.of_email(turn.cursor, email)
            if account is None or people.person(turn.cursor, account.id) is None:
                raise EmailUnknownError(email=email)
            return begun(turn, account.id, "oidc", place, old)

        return self.write(work)

    def sign_in_to_demo(self, role: str, place: str | None, old: str | None = None) -> str:
        """The token of a session as somebody of the demo department.

        Raises:
            DemoClosedError: the store's data are real, or the demo has nobody in that role.
        """

        def work(turn: Transaction) -> str:
            found = people.of_role(turn.cursor, role) if role in DEMO_ROLES else []
            if not found or not self._settings().is_demo:
                raise DemoClosedError
            return begun(turn, found[0].id, "demo", place, old)

        return self.write(work)

    def sign_out(self, token: str, place: str | None) -> None:
        """End the session of a token; harmless when it has ended."""
        token_hash = sessions.hashed(token)

        def work(turn: Transaction) -> None:
            session = sessions.of(turn.cursor, token_hash)
            if session and not session.is_over(turn.moment):
                sessions.end(turn, token_hash)
                log(turn, Actor(session.person_id, place), "sign_out", session.person_id)

        self.write(work)

    def sign_out_everywhere(self, person_id: str, actor: Actor, but: str | None = None) -> None:
        """End all sessions of a person, but the one of a token if given.

        Raises:
            NotAllowedError: they are somebody else's, and the actor does not manage accounts.
        """

        def work(turn: Transaction) -> None:
            if actor.id != person_id:
                permission.require(turn.cursor, actor, MANAGE)
            sessions.end_all(turn, person_id, but=sessions.hashed(but) if but else None)
            log(turn, actor, "sign_out_everywhere", person_id)

        self.write(work)

    def sessions(self, person_id: str) -> list[Session]:
        """Where a person is signed in, the last used first."""
        with self._connection.cursor() as cursor:
            found = sessions.of_person(cursor, person_id, self._clock())
        return [session._replace(seen_at=self._last_seen(session)) for session in found]

    def has_password(self, person_id: str) -> bool:
        """Whether the person signs in with a password; nobody of the demo does."""
        account = self._account(person_id)
        return account is not None and account.password_hash is not None

    def change_password(self, token: str, password: str, wanted: str, place: str | None) -> None:
        """Replace the password of who is signed in; all their other sessions end.

        Raises:
            PasswordWrongError: `password` is not the present one.
            TooManyAttemptsError: too many tries.
            PasswordTooShortError, PasswordTooLongError, PasswordGuessableError: of `wanted`.
        """
        person = self.signed_in(token)
        account = self._account(person.id) if person else None
        if person is None or account is None:
            raise PasswordWrongError  # someone of the demo has none
        passwords.check(wanted, (account.login, person.name))
        self._attempts.begin(_key(account.login), place or "", is_known=True)
        if not passwords.is_right(account.password_hash, password):
            raise PasswordWrongError
        self._attempts.forgive(_key(account.login), place or "")
        kept = passwords.hashed(wanted)

        def work(turn: Transaction) -> None:
            accounts.set_password(turn, account.id, kept)
            sessions.end_all(turn, account.id, but=sessions.hashed(token))
            log(turn, Actor(account.id, place), "password_changed", account.id)

        self.write(work)

    # ---- what the other ways in share

    def write(self, work: Callable[[Transaction], _Result]) -> _Result:
        """Do it in the writer; what was remembered of accounts and sessions is forgotten."""
        try:
            result: _Result = self._writer.submit(work).result()
        finally:
            self._changed = object()
        return result

    def _person(self, id: str) -> Person | None:
        with self._connection.cursor() as cursor:
            return people.person(cursor, id)

    def _account(self, id: str) -> Account | None:
        with self._connection.cursor() as cursor:
            return accounts.of(cursor, id)

    def _tried(self, login: str, place: str | None) -> tuple[Account | None, int]:
        """The account of a login, and how often it was tried from here, this time included."""
        with self._connection.cursor() as cursor:
            account = accounts.of_login(cursor, login)
            is_known = bool(account and place and sessions.has_been(cursor, account.id, place))
        tries = self._attempts.begin(_key(login), place or "", is_known=is_known)
        return account, tries

    def _note_failure(self, account: Account | None, place: str | None, tries: int) -> None:
        """Log it, unless the log is being flooded. A login that nobody has may be a password."""
        if self._attempts.is_worth_noting(tries):
            who = account.id if account else NOBODY
            self._writer.submit(
                lambda turn: log(turn, Actor(who, place), "sign_in_failed", who, tries=tries)
            ).result()


def _key(login: str) -> str:
    """By what tries are counted: as short for a login of any length."""
    return sessions.hashed(accounts.folded(login))


def begun(turn: Transaction, person_id: str, kind: str, place: str | None, old: str | None) -> str:
    """The token of a session that begins; the browser's old one ends."""
    if old:
        sessions.end(turn, sessions.hashed(old))
    log(turn, Actor(person_id, place), "sign_in", person_id, kind=kind)
    return sessions.begin(turn, person_id, kind, place)


def log(turn: Transaction, actor: Actor, action: str, id: str, **after: object) -> None:
    """Log what happened to an account."""
    turn.log(actor, action, "Account", id, after=after or None)

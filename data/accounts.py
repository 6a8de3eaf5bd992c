"""Accounts and the one-time links that let people in: their rows, inside a transaction.

A person of `reps` has an account under the rep's id; name and role stay in `reps`. Other
people (an administrator who does not sell) have both in their account.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import NamedTuple

import duckdb

from data import sessions
from data.errors import (
    EmailRefusedError,
    EmailTakenError,
    LinkInvalidError,
    LoginRefusedError,
    LoginTakenError,
)
from data.writer import Transaction

LINK_DAYS = 3  # a weekend lies between an invitation and Monday
_LOGIN = re.compile(r"[\w.@+-]{2,64}")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")
_FIELDS = "id, login, name, role, password_hash, is_closed"


class Account(NamedTuple):
    """One row; `name` and `role` are None for people of `reps`."""

    id: str
    login: str
    name: str | None
    role: str | None
    password_hash: str | None
    is_closed: bool


def folded(login: str) -> str:
    """A login as it is kept and compared."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def of(cursor: duckdb.DuckDBPyConnection, id: str) -> Account | None:
    """The account of a person; None when there is none."""
    return _one(cursor, "id", id)


def of_login(cursor: duckdb.DuckDBPyConnection, login: str) -> Account | None:
    """The account with this login, however it is written; None when there is none."""
    return _one(cursor, "login", folded(login))


def of_email(cursor: duckdb.DuckDBPyConnection, email: str) -> Account | None:
    """The account with this e-mail; None when there is none."""
    return _one(cursor, "email", folded(email))


def set_email(work: Transaction, id: str, email: str | None) -> str | None:
    """Keep the e-mail by which the company's provider knows somebody; as it is kept.

    Raises:
        EmailRefusedError: it is none.
        EmailTakenError: somebody else has it.
    """
    kept = folded(email) if email else None
    if kept and not _EMAIL.fullmatch(kept):
        raise EmailRefusedError(email=email)
    holder = of_email(work.cursor, kept) if kept else None
    if holder and holder.id != id:
        raise EmailTakenError(email=kept)
    work.write("accounts", "UPDATE accounts SET email = ? WHERE id = ?", [kept, id])
    return kept


def _one(cursor: duckdb.DuckDBPyConnection, column: str, value: str) -> Account | None:
    query = f"SELECT {_FIELDS} FROM accounts WHERE {column} = ?"
    rows = cursor.execute(query, [value]).fetchall()
    return Account(*rows[0]) if rows else None


def free_login(work: Transaction, login: str, id: str) -> str:
    """The login as it is kept, if `id` may have it.

    Raises:
        LoginRefusedError: it has a blank or a sign that is neither letter, digit nor . @ + - _.
        LoginTakenError: somebody else has it.
    """
    kept = folded(login)
    if not _LOGIN.fullmatch(kept):
        raise LoginRefusedError(login=login)
    holder = of_login(work.cursor, kept)
    if holder and holder.id != id:
        raise LoginTakenError(login=kept)
    return kept


def create(
    work: Transaction, id: str, login: str, name: str | None = None, role: str | None = None
) -> Account:
    """A new account without a password; `free_login` says what may be refused."""
    account = Account(id, free_login(work, login, id), name, role, None, False)
    query = f"INSERT INTO accounts ({_FIELDS}, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
    work.write("accounts", query, [*account, work.moment])
    return account


def set_password(work: Transaction, id: str, password_hash: str) -> None:
    """Keep the hash of a new password; every link of the person is used up by it."""
    query = "UPDATE accounts SET password_hash = ?, password_changed_at = ? WHERE id = ?"
    work.write("accounts", query, [password_hash, work.moment, id])
    use_up(work, id)


def rehash(work: Transaction, id: str, password_hash: str) -> None:
    """Keep the same password's hash of today's strength."""
    work.write(
        "accounts", "UPDATE accounts SET password_hash = ? WHERE id = ?", [password_hash, id]
    )


def set_closed(work: Transaction, id: str, *, is_closed: bool) -> None:
    """Close an account, which ends its sessions and links, or open it again."""
    work.write("accounts", "UPDATE accounts SET is_closed = ? WHERE id = ?", [is_closed, id])
    if is_closed:
        sessions.end_all(work, id)
        use_up(work, id)


def forget_reps(work: Transaction) -> None:
    """Remove the accounts of people of `reps`: with a demo that is emptied, they go."""
    for table in ("sessions", "invitations"):
        query = (
            f"DELETE FROM {table} "
            "WHERE person_id NOT IN (SELECT id FROM accounts WHERE role IS NOT NULL)"
        )
        work.write(table, query)
    work.write("accounts", "DELETE FROM accounts WHERE role IS NULL")


# ---- one-time links


def invite(work: Transaction, person_id: str | None) -> str:
    """The token of a new one-time link, the only one that is valid for this person.

    None lets in whoever has it to set up the first administrator.
    """
    use_up(work, person_id)
    token = sessions.new_token()
    values = [sessions.hashed(token), person_id, work.moment + timedelta(days=LINK_DAYS)]
    work.write("invitations", "INSERT INTO invitations VALUES (?, ?, ?, NULL)", values)
    return token


def invited(cursor: duckdb.DuckDBPyConnection, token: str, now: datetime) -> str | None:
    """Whom a link lets in: a person, or None for the first administrator.

    Raises:
        LinkInvalidError: it was never made, is used up or too old.
    """
    query = (
        "SELECT person_id FROM invitations "
        "WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"
    )
    rows = cursor.execute(query, [sessions.hashed(token), now]).fetchall()
    if not rows:
        raise LinkInvalidError
    return rows[0][0]


def use_up_all(work: Transaction) -> None:
    """Let no link be used any more: those of a restored store may have been used since."""
    query = "UPDATE invitations SET used_at = ? WHERE used_at IS NULL"
    work.write("invitations", query, [work.moment])


def use_up(work: Transaction, person_id: str | None) -> None:
    """Make the links of a person void; None: those of the first administrator."""
    query = (
        "UPDATE invitations SET used_at = ? "
        "WHERE person_id IS NOT DISTINCT FROM ? AND used_at IS NULL"
    )
    work.write("invitations", query, [work.moment, person_id])

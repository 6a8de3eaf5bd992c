"""Passwords: what is allowed, and their hashes (argon2id)."""

import threading
import unicodedata
from collections.abc import Iterable

import argon2
from zxcvbn import zxcvbn

from data.errors import PasswordGuessableError, PasswordTooLongError, PasswordTooShortError

SHORTEST, LONGEST = 10, 1024  # characters; bytes
_AT_ONCE = threading.BoundedSemaphore(2)  # a hash takes 64 MiB and a core
_HASHER = argon2.PasswordHasher()  # RFC 9106, the choice for little memory
# Of a password nobody knows: an unknown login costs the same work as a wrong password.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$x4poCnevhBlodCFj1ApYxA"
    "$3SG3OfVyC1YBDntY4Zt2ebZ6XtBh9Vpl91qU0rzpEsc"
)
# What English word lists do not have: the product, and what Chinese passwords begin with.
_KNOWN_WORDS = (
    "yeji",
    "woaini",
    "woaini1314",
    "5201314",
    "1314520",
    "zhongguo",
    "mima",
    "wodemima",
)
_GUESSED = 72  # characters that are looked at; more only makes a password better
_SAFE = 3  # of zxcvbn's 0..4: holds when the hashes are stolen


def check(password: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long, or soon guessed.

    `about` are words that a guesser would try first: login and name.

    Raises:
        PasswordTooShortError, PasswordTooLongError, PasswordGuessableError: as they say.
    """
    if len(password) < SHORTEST:
        raise PasswordTooShortError(shortest=SHORTEST)
    if len(password.encode()) > LONGEST:
        raise PasswordTooLongError(longest=LONGEST)
    found = zxcvbn(password[:_GUESSED], user_inputs=[*_KNOWN_WORDS, *about])
    if found["score"] < _SAFE:
        raise PasswordGuessableError


def hashed(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(_typed(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether the password belongs to the kept hash; without one the work is the same."""
    if len(password.encode()) > LONGEST:
        return False  # refused whoever asks
    try:
        with _AT_ONCE:
            return _HASHER.verify(kept or NOBODY, _typed(password)) and kept is not None
    except argon2.exceptions.VerificationError:
        return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _typed(password: str) -> str:
    """The password however a keyboard or input method wrote its characters."""
    return unicodedata.normalize("NFKC", password)

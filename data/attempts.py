"""How often somebody may try to sign in: counted in memory, by account and by address.

Only tries that were let through count, so a limit always ends when its time has passed,
whatever goes on meanwhile; and who signed in from an address before is not held up by
what others try at the same account from elsewhere.
"""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from data.errors import TooManyAttemptsError

_MINUTE = timedelta(minutes=1)
_LARGEST = 20_000  # keys kept; beyond it the ones longest unused go


class Limit(NamedTuple):
    """How many tries within how long."""

    most: int
    within: timedelta


PAIR = Limit(5, 5 * _MINUTE)  # one account from one address
ACCOUNT = Limit(30, 15 * _MINUTE)  # one account from addresses it was never used from
NOTED = Limit(200, 60 * _MINUTE)  # failures that go to the log
PLACE = Limit(60, 15 * _MINUTE)  # one address at all accounts: an office may share it


class Attempts:
    """The tries of the last minutes; safe to use from any thread."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: dict[tuple[str, str], deque[datetime]] = {}

    def begin(self, login: str, place: str, *, is_known: bool) -> int:
        """Count a try before it is made; how many this account and address make now.

        `is_known` says that the account was used from the address before.

        Raises:
            TooManyAttemptsError: the limit is reached; the try does not count.
        """
        limits = {("pair", f"{login}\n{place}"): PAIR, ("place", place): PLACE}
        if not is_known:
            limits["account", login] = ACCOUNT
        with self._lock:
            now = self._clock()
            waits = [self._wait(key, limit, now) for key, limit in limits.items()]
            if longest := max(filter(None, waits), default=None):
                raise TooManyAttemptsError(minutes=ceil(longest / _MINUTE))
            for key in limits:
                self._tries[key] = self._tries.pop(key, deque())  # the last used are at the end
                self._tries[key].append(now)
            while len(self._tries) > _LARGEST:
                self._tries.pop(next(iter(self._tries)))
            return len(self._tries[next(iter(limits))])

    def forgive(self, login: str, place: str) -> None:
        """Forget the tries of who has signed in."""
        with self._lock:
            self._tries.pop(("pair", f"{login}\n{place}"), None)
            for key in (("account", login), ("place", place)):
                if self._tries.get(key):
                    self._tries[key].pop()

    def is_worth_noting(self, tries: int) -> bool:
        """Whether a failed try goes to the log: the first and the last of a row, in bounds."""
        if tries not in (1, PAIR.most):
            return False
        with self._lock:
            now, key = self._clock(), ("noted", "")
            is_free = self._wait(key, NOTED, now) is None
            if is_free:
                self._tries.setdefault(key, deque()).append(now)
            return is_free

    def _wait(self, key: tuple[str, str], limit: Limit, now: datetime) -> timedelta | None:
        """How long until another try is allowed; None when it is."""
        tries = self._tries.get(key, deque())
        while tries and not timedelta() <= now - tries[0] < limit.within:  # a clock may go back
            tries.popleft()
        return None if len(tries) < limit.most else tries[0] + limit.within - now

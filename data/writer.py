"""The one thread that writes, and the transaction it hands to each piece of work.

Callers submit work and wait. Whatever is waiting is committed as one transaction
(group commit): its audit rows, and one bump of each touched table's version. When
anything fails, the group is rolled back and its pieces run one by one, so that one
that cannot be stored harms no other. Nothing is acknowledged before its commit.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import duckdb
import polars as pl

from data import audit, fingerprints
from data.actor import MACHINE, Actor
from data.anchors import Anchor, Keeper
from data.connection import Connection
from data.errors import StoreClosedError, YejiError
from data.records import BY_TABLE
from data.transaction import Undo, transaction

Work = Callable[["Transaction"], Any]
GROUP = 64  # pieces in one commit at most, so that the first does not wait long
_TICK = timedelta(microseconds=1)

VERSIONED = (*BY_TABLE, "settings")  # tables whose version the caches watch

_BUMP = "INSERT OR REPLACE INTO table_versions VALUES (?, ?)"
_log = logging.getLogger(__name__)


@dataclass
class Transaction:
    """What a piece of work may do: read, write, log. Ends with the writer's commit."""

    cursor: duckdb.DuckDBPyConnection
    moment: datetime = datetime.min  # UTC, later than that of all work before
    touched: set[str] = field(default_factory=set)
    entries: list[audit.Entry] = field(default_factory=list)
    writes: int = 0
    discard: bool = False  # end with nothing changed; for work that runs alone
    key: bytes = b""  # of the log
    alone: bool = False  # changes whole tables at once: the log keeps fingerprints, not rows
    before: dict[str, fingerprints.Fingerprint | None] = field(default_factory=dict)

    def rows(self, query: str, values: object = None) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.cursor.execute(query, values).fetchall()

    def frame(self, query: str, values: Mapping[str, object] | None = None) -> pl.DataFrame:
        """The rows of a query as a frame."""
        return self.cursor.sql(query, params=values).pl()

    def write(self, table: str, query: str, values: object = None) -> None:
        """Run a statement that changes `table`."""
        self._look(table)
        self.touched.add(table)
        self.writes += 1
        self.cursor.execute(query, values)

    def write_frame(self, table: str, query: str, incoming: pl.DataFrame) -> None:
        """Run a statement that changes `table` and reads the frame as `incoming`."""
        self.cursor.register("incoming", incoming)
        self.write(table, query)
        self.cursor.unregister("incoming")  # after a failure the cursor goes as a whole

    def log(
        self,
        actor: Actor,
        action: str,
        record: str | None = None,
        id: str | None = None,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Add a row to the audit log."""
        images = audit.as_json(before), audit.as_json(after)
        self.entries.append(
            audit.Entry(self.moment, actor.id, action, record, id, *images, actor.place)
        )

    def begin_anew(self, *tables: str) -> None:
        """Let the log tell what these tables hold from now on, whatever it told before."""
        self.before |= dict.fromkeys(tables)

    def _look(self, table: str) -> None:
        """Take the fingerprint of a table before its first change, if the log will tell it."""
        watched = fingerprints.COVERED if self.alone else fingerprints.SMALL
        if table in watched and table not in self.before:
            self.before[table] = fingerprints.of_table(self.cursor, self.key, table)

    def close_log(self) -> None:
        """Let the last entry tell what became of the tables whose rows have no image each."""
        if not (self.alone or self.before):
            return
        if not self.entries:
            self.log(MACHINE, "upkeep")
        spans = {
            table: fingerprints.Span(before, fingerprints.of_table(self.cursor, self.key, table))
            for table, before in self.before.items()
        }
        last = self.entries[-1]
        text = fingerprints.as_json(self.key, last.happened_at, spans)
        self.entries[-1] = last._replace(tables=text)


@dataclass(frozen=True)
class _Job:
    work: Work
    alone: bool
    future: "Future[Any]" = field(default_factory=Future)


class _Outcome(NamedTuple):
    value: Any = None
    error: BaseException | None = None


class Writer:
    """Owns all writes of a store; see the module."""

    def __init__(self, connection: Connection, key: bytes, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._anchors = Keeper(connection.path)
        self._clock = clock
        self._waiting: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._is_open = True
        self._chain = audit.Chain(key)
        self.last = datetime.min
        self.versions: dict[str, int] = {}  # replaced, never changed: readers need no lock
        self._remember()
        self._thread = threading.Thread(target=self._run, name="yeji-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work, *, alone: bool = False) -> "Future[Any]":
        """Queue a piece of work; its result comes after its commit.

        Work `alone` has a transaction for itself. Other work should refuse (raise a
        YejiError) before its first write: after it, its whole group starts over.

        Raises:
            StoreClosedError: the store is closing, or its writer has died.
        """
        job = _Job(work, alone)
        with self._changed:
            if not self._is_open:
                raise StoreClosedError
            self._waiting.append(job)
            self._changed.notify()
        return job.future

    def close(self) -> None:
        """Commit what is queued, then stop. Twice is harmless."""
        with self._changed:
            self._is_open = False
            self._changed.notify()
        self._thread.join()
        self._anchors.keep(self.end, is_due=True)

    @property
    def end(self) -> Anchor:
        """Where the log ends at present."""
        chain = self._chain
        return Anchor(chain.seq, chain.hash, max(self._clock(), self.last))

    def anchor(self) -> Anchor:
        """Keep an anchor of where the log ends now, and return it."""
        end = self.end
        self._anchors.keep(end, is_due=True)
        return end

    def _run(self) -> None:
        group: list[_Job] = []
        try:
            while group := self._next():
                self._serve(group)
        finally:
            self._refuse(group)

    def _refuse(self, group: list[_Job]) -> None:
        """Take no more work and let nobody wait for what this thread will not do."""
        with self._changed:
            self._is_open = False
            left = [*group, *self._waiting]
            self._waiting.clear()
        for job in left:
            if not job.future.done():
                job.future.set_exception(StoreClosedError())

    def _next(self) -> list[_Job]:
        """The next group to commit; empty when the writer is closed and nothing waits."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._is_open)
            group: list[_Job] = []
            while self._waiting and len(group) < GROUP:
                if group and (group[0].alone or self._waiting[0].alone):
                    break
                group.append(self._waiting.popleft())
            return group

    def _serve(self, group: list[_Job], *, is_retry: bool = False) -> None:
        """Commit a group and tell its callers; after a failure each piece by itself."""
        try:
            outcomes = self._commit(group)
        except BaseException as error:  # a panic of Polars, too, is the callers', not this thread's
            is_fatal = isinstance(error.__cause__ or error, duckdb.FatalException)
            # A fatal error may come after the commit reached the disk: forms find themselves filed.
            if self._recovered() and not is_retry and (is_fatal or len(group) > 1):
                for job in group:
                    self._serve([job], is_retry=True)
                return
            outcomes = [_Outcome(error=error) for _ in group]
        for job, outcome in zip(group, outcomes, strict=True):
            if outcome.error is None:
                job.future.set_result(outcome.value)
            else:
                job.future.set_exception(outcome.error)

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        with self._connection.cursor() as cursor:
            work = Transaction(cursor, key=self._chain.key, alone=group[0].alone)
            with transaction(cursor):
                outcomes.extend(self._outcome(job, work) for job in group)
                if is_idle := work.discard or not (work.writes or work.entries):
                    raise Undo
                work.close_log()
                chain = audit.insert(cursor, self._chain, work.entries)
                versions = self._bumped(cursor, work.touched)
                ready = chain, versions
        if not is_idle:
            self._chain, self.versions = ready
            self._anchors.keep(self.end)
        return outcomes

    def _outcome(self, job: _Job, work: Transaction) -> _Outcome:
        """What one piece of work gave; a refusal before any write harms no other piece."""
        writes, entries = work.writes, len(work.entries)
        work.moment = self.last = max(self._clock(), self.last + _TICK)
        try:
            return _Outcome(job.work(work))
        except YejiError as error:
            if (work.writes, len(work.entries)) != (writes, entries):
                raise
            return _Outcome(error=error)

    def _bumped(self, cursor: duckdb.DuckDBPyConnection, touched: set[str]) -> dict[str, int]:
        bumps = [(name, self.versions[name] + 1) for name in VERSIONED if name in touched]
        if bumps:
            cursor.executemany(_BUMP, bumps)
        return self.versions | dict(bumps)

    def _recovered(self) -> bool:
        """Know the store again after a failure; False when it can no longer be opened."""
        try:
            self._remember()
        except (YejiError, duckdb.Error, OSError):
            _log.exception("the store cannot be opened again")
            return False
        return True

    def _remember(self) -> None:
        """Read the end of the log and the versions as the store has them."""
        with self._connection.cursor() as cursor:
            self._chain = audit.tail(cursor, self._chain.key)
            self.last = audit.last_moment(cursor)
            rows = cursor.execute("SELECT name, version FROM table_versions").fetchall()
        self.versions = dict.fromkeys(VERSIONED, 0) | dict(rows)

"""Verifying: is the log as it was written, is it all there, and do the tables agree with it?

Between two changes of whole tables, whose log keeps the tables' fingerprints, a table is
what it was at first plus and minus the rows that forms have logged; so its fingerprint is
known at any moment without keeping it. Where it differs, the rows that can be named are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import duckdb

from data import audit, fingerprints
from data.anchors import Anchor
from data.audit import Chain, Entry
from data.fingerprints import NOTHING, Fingerprint
from data.row_images import Images, Named

Progress = Callable[[str, int, int], None]
MOST = 20  # rows named of one table
_BULK = ("load", "empty_demo")  # of a log that is older than fingerprints: tables unknown after


class Finding(NamedTuple):
    """Something that is not as it should be; `code` is the key of its sentence.

    `seq` is a row of the log, `rows` how many, `id` a record of `table`.
    """

    code: str
    seq: int | None = None
    rows: int | None = None
    table: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class Verdict:
    """How many rows the log has, the last anchor it was held against, and what is wrong."""

    rows: int
    anchor: Anchor | None
    findings: tuple[Finding, ...]


class _Period(NamedTuple):
    """A table from one fingerprint of the log to the next, whose transaction begins at `until`.

    Without `until` it lasts; `start` is None where the log does not say.
    """

    since: int
    moment: datetime
    start: Fingerprint | None
    until: int | None = None
    end: Fingerprint | None = None


@dataclass
class _Told:
    """What the log tells of each table, read from its first row to its last."""

    key: bytes
    periods: dict[str, list[_Period]] = field(default_factory=lambda: defaultdict(_since_ever))
    _moment: datetime = datetime.min
    _begin: int = 0

    def read(self, seq: int, entry: Entry) -> None:
        """Take in a row of the log."""
        if entry.happened_at != self._moment:
            self._moment, self._begin = entry.happened_at, seq
        if entry.tables is None:
            if entry.action in _BULK:
                for table in fingerprints.COVERED:
                    self.periods[table].append(_Period(seq, self._moment, None))
            return
        for table, (before, after) in self._spans(entry.tables).items():
            last = self.periods[table].pop()
            ended = last._replace(until=self._begin, end=before)
            self.periods[table] += [ended, _Period(seq, self._moment, after)]

    def _spans(self, text: str) -> dict[str, fingerprints.Span]:
        try:
            return fingerprints.from_json(self.key, self._moment, text)
        except (ValueError, TypeError, AttributeError):  # spoilt, as the chain tells
            return {}


def _since_ever() -> list[_Period]:
    return [_Period(0, datetime.min, NOTHING)]


def verify(
    cursor: duckdb.DuckDBPyConnection,
    key: bytes,
    known: Iterable[Anchor],
    progress: Progress | None = None,
) -> Verdict:
    """Hold the log against its seals and the anchors, and the tables against the log.

    `progress(step, done, total)` tells of rows of the log, then of tables.
    """
    progress = progress or (lambda step, done, total: None)
    told = _Told(key)
    wanted = {anchor.seq: anchor for anchor in known}
    findings = list(_log(cursor, told, wanted, progress))
    [(height,)] = cursor.execute("SELECT count(*) FROM audit").fetchall()
    if not any(finding == Finding("altered", 1) for finding in findings):  # else: another key
        tables = fingerprints.existing(cursor)
        for done, table in enumerate(tables):
            progress("tables", done, len(tables))
            findings += _table(cursor, key, table, told.periods[table])
        progress("tables", len(tables), len(tables))
    return Verdict(height, wanted[max(wanted)] if wanted else None, tuple(findings))


def _log(
    cursor: duckdb.DuckDBPyConnection, told: _Told, wanted: dict[int, Anchor], progress: Progress
) -> Iterator[Finding]:
    """The first broken link, else the first row that an anchor knows otherwise; a cut tail."""
    [(total,)] = cursor.execute("SELECT count(*) FROM audit").fetchall()
    chain, is_whole, last = Chain(told.key), True, 0
    for done, (entry, seq, seal) in enumerate(audit.entries(cursor)):
        if is_whole:
            chain = chain.seal(entry)
            anchor = wanted.get(seq)
            is_whole = (chain.seq, chain.hash) == (seq, seal)
            if not is_whole:
                yield _broken(chain.seq, seq)
            elif anchor and anchor.hash != seal:
                is_whole = False
                yield Finding("rewritten", seq)
        told.read(seq, entry)
        last = seq
        if done % audit.BATCH == 0:
            progress("log", done, total)
    progress("log", total, total)
    if wanted and max(wanted) > last:
        yield Finding("cut", last, max(wanted) - last)


def _broken(expected: int, seq: int) -> Finding:
    if seq > expected:
        return Finding("removed", expected, seq - expected)
    return Finding("altered", seq)


def _table(
    cursor: duckdb.DuckDBPyConnection, key: bytes, table: str, periods: list[_Period]
) -> Iterator[Finding]:
    record = fingerprints.RECORD_TABLES.get(table)
    images = Images(cursor, key, record) if record else None
    changes = images.changes([(p.since, p.until) for p in periods]) if images else {}
    foretold = [p.start and p.start.plus(*changes.get(p.since, (0, 0))) for p in periods]
    for period, expected in zip(periods[:-1], foretold, strict=False):
        if expected and period.end and expected != period.end:
            yield Finding("changed_between", period.since, table=table)
    since, expected = periods[-1].since, foretold[-1]
    actual = fingerprints.of_table(cursor, key, table)
    if expected == actual:
        return
    named = images.named(since, periods[-1].moment, MOST) if images else Named()
    yield from _named(named, table)
    if expected and expected.plus(*named.explains) != actual:
        yield Finding("bulk" if images else "whole", since, actual.rows - expected.rows, table)


def _named(named: Named, table: str) -> Iterator[Finding]:
    for kind, id, seq in named.rows:
        yield Finding(kind, seq, table=table, id=id)
    if named.count > len(named.rows):
        yield Finding("more", None, named.count - len(named.rows), table)


def name_of(table: str) -> str:
    """The record that a table keeps; the table itself where it keeps none."""
    record = fingerprints.RECORD_TABLES.get(table)
    return record.__name__ if record else table

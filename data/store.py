"""The store: one DuckDB file, read by everybody, written by one thread.

Reads return Polars frames and are limited to a scope. Writes wait for their commit.
"""

import atexit
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from data import (
    anchors,
    audit,
    audit_log,
    collisions,
    columns,
    forms,
    frames,
    import_log,
    load,
    parties,
    people,
    permission,
    personal,
    settings_table,
    snapshot,
    undoing,
    verification,
)
from data.access import Access
from data.actor import Actor
from data.admission import Admission
from data.anchors import Anchor
from data.audit_log import AuditLog
from data.changes import Insert, StageMove, Update
from data.collisions import Authors
from data.connection import Connection
from data.forms import Form, Receipt
from data.frames import DEPARTMENT, Scope
from data.known import Values
from data.load import Counts, Load, LoadResult, Progress
from data.people import Person
from data.records import Record
from data.settings import Settings
from data.snapshot import Taken
from data.transaction import transaction
from data.undoing import Undoing
from data.verification import Verdict
from data.writer import Transaction, Writer

__all__ = [
    "DEPARTMENT",
    "Anchor",
    "Counts",
    "Form",
    "Insert",
    "LoadResult",
    "Receipt",
    "Scope",
    "StageMove",
    "Store",
    "Update",
    "Verdict",
    "utc_now",
]

_HEAVY_READS = 2  # at once: more only slow each other and the writer down


def utc_now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class Store:
    """One open store file; safe to use from any thread. See the module."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = utc_now) -> None:
        """Open the store at `path`, make it if there is none, bring it to this version.

        `clock` gives the moment; one without zone is in UTC.

        Raises:
            StoreBusyError: another process or another Store has it open.
            NotAStoreError: the file is something else; it is left as it was.
            StoreNewerError: a newer version wrote it; it is left as it was.
            StoreReadOnlyError: the folder or file cannot be written.
            DiskFullError: no room to make it.
        """
        self.path = path.resolve()
        self._clock = lambda: columns.utc(clock())
        self._heavy = threading.Semaphore(_HEAVY_READS)
        self._settings: tuple[int, Settings] | None = None
        self._connection = Connection(self.path)
        try:
            self._writer = Writer(self._connection, audit.read_key(self.path), self._clock)
        except BaseException:
            self._connection.close()
            raise
        self.access = Access(self._connection, self._writer, self._clock, self.settings)
        self.admission = Admission(self._connection, self.access, self._clock)
        atexit.register(self.close)  # a process that just ends leaves a whole file as well

    def close(self) -> None:
        """Commit what is queued, write the log into the file, let go of it. Twice is harmless."""
        self._writer.close()
        self._connection.close()
        atexit.unregister(self.close)

    # ---- reading

    def versions(self) -> dict[str, int]:
        """How often each table has changed; from memory, moves only after a commit."""
        return dict(self._writer.versions)

    def frame(self, table: str, scope: Scope = DEPARTMENT) -> pl.DataFrame:
        """One table as reports read it; see `data.frames.frame`. A KeyError names no table."""
        if table not in frames.TABLES:
            raise KeyError(table)
        if table == "settings":
            return frames.settings_frame(self.settings())
        view = self._view(scope)
        with self._heavy, self._connection.cursor() as cursor:
            return frames.frame(cursor, table, view)

    def rows(
        self,
        record: type[Record],
        scope: Scope = DEPARTMENT,
        *,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        match: Mapping[str, object] | None = None,
    ) -> pl.DataFrame:
        """Rows as they are stored, the last changed first.

        All fields of the record, then origin (entry, import, demo), created_at and
        updated_at. Money is Decimal, moments are UTC. `ids` asks for these rows only,
        `match` for rows with these values (None: empty).
        """
        view = self._view(scope)
        is_heavy = ids is None and limit is None and not match
        turn = self._heavy if is_heavy else contextlib.nullcontext()
        with turn, self._connection.cursor() as cursor:
            return frames.rows(cursor, record, view, ids=ids, limit=limit, match=match)

    def ids(self, table: str, scope: Scope) -> pl.Series:
        """Ids of the rows of a table within a scope.

        Everybody may read the names of all reps: of these, the ones whose rows are within it.
        """
        view = self._view(scope)
        with self._connection.cursor() as cursor:
            return frames.ids(cursor, table, view)

    def reveal(self, record: type[Record], id: str, actor: Actor) -> Values:
        """The personal fields of one record, and its `updated_at`; see `data.personal`.

        Raises:
            NotAllowedError: the actor's role never sees them.
            NotFoundError: no record within the actor's reach has this id.
        """
        view = self._view(DEPARTMENT)

        def work(turn: Transaction) -> Values:
            return personal.reveal(turn, record, id, actor, view)

        shown: Values = self._writer.submit(work).result()
        return shown

    def person(self, id: str) -> Person | None:
        """Who has this id; None when nobody does any more."""
        with self._connection.cursor() as cursor:
            return people.person(cursor, id)

    def saved_filters(self, person: str) -> pl.DataFrame:
        """The filters a person may use: id, owner, name, audience, query, is_own.

        The own ones first, by name; others' only if these share them.
        """
        with self._connection.cursor() as cursor:
            return frames.saved_filters(cursor, person)

    def parties(self) -> pl.DataFrame:
        """Every customer as duplicates are looked for (`data.parties.FACTS`), without scope.

        Two reps after one customer are what is looked for, so whoever shows it to a person
        must leave out what is beyond their scope.
        """
        with self._heavy, self._connection.cursor() as cursor:
            return parties.parties(cursor)

    def distinctions(self) -> pl.DataFrame:
        """The pairs of customers that somebody said are two; see `data.parties`."""
        with self._connection.cursor() as cursor:
            return parties.distinctions(cursor)

    def kept_customer(self, id: str) -> str | None:
        """The customer that the one with this id was merged into; None of any other."""
        if not columns.is_storable(id):
            return None
        with self._connection.cursor() as cursor:
            return parties.kept(cursor, id)

    def merges(self) -> pl.DataFrame:
        """Every merge, the last first; see `data.parties`."""
        with self._connection.cursor() as cursor:
            return parties.merges(cursor)

    def _view(self, scope: Scope) -> frames.View:
        settings = self.settings()
        return frames.View(scope, settings.timezone, settings.as_of or self.today())

    def unknown_references(self, record: type[Record], field: str, values: pl.Series) -> pl.Series:
        """Those of `values` that the table which `field` refers to has no row for; unique.

        Nulls refer to nothing and are never unknown.
        """
        about = next(f.about for f in record.fields() if f.name == field)
        if about.refers is None:
            raise ValueError(f"{record.__name__}.{field} refers to nothing")
        asked = values.drop_nulls().unique(maintain_order=True)
        with self._connection.cursor() as cursor:
            known = cursor.sql(f"SELECT id FROM {about.refers}").pl()["id"]
        return asked.filter(~asked.is_in(known.implode()))

    def settings(self) -> Settings:
        """The department's settings; read once per version."""
        version = self._writer.versions["settings"]
        if self._settings is None or self._settings[0] != version:
            with self._connection.cursor() as cursor:
                rows = cursor.execute("SELECT name, value FROM settings").fetchall()
            self._settings = version, Settings.from_json(dict(rows))
        return self._settings[1]

    def today(self) -> date:
        """The business day of this moment in the department's time zone."""
        moment = self._clock().replace(tzinfo=UTC)
        return moment.astimezone(self.settings().zone).date()

    def authors(self, record: type[Record], id: str) -> Authors:
        """Who gave each field of a record its present value."""
        with self._connection.cursor() as cursor:
            return collisions.authors(cursor, record, id)

    def settings_authors(self) -> Authors:
        """Who made each setting what it is; without those that still have their defaults."""
        with self._connection.cursor() as cursor:
            return collisions.settings_authors(cursor)

    def lag(self) -> timedelta:
        """How far the clock stands before the last entry of the log; zero when it does not."""
        return max(self._writer.last - self._clock(), timedelta(0))

    def is_empty(self) -> bool:
        """No record is in the store."""
        with self._connection.cursor() as cursor:
            return load.is_empty(lambda query: cursor.execute(query).fetchall())

    def audit_rows(self, limit: int | None = None, *, after: int = 0) -> pl.DataFrame:
        """Rows of the audit log whose `seq` is above `after`, oldest first."""
        query = "SELECT * FROM audit WHERE seq > $after ORDER BY seq"
        if limit is not None:
            query += f" LIMIT {limit:d}"
        with self._connection.cursor() as cursor:
            return cursor.sql(query, params={"after": after}).pl()

    def imports(self) -> pl.DataFrame:
        """Every import that stored something (`import_log.IMPORTS`), the last first."""
        with self._connection.cursor() as cursor:
            return import_log.imports(cursor)

    def undoing(self, number: int) -> Undoing:
        """What taking an import back would do, and what is in the way; see `data.undoing`.

        Raises:
            NoSuchImportError, ImportUndoneError, TooOldError: it cannot be taken back at all.
        """
        with self._connection.cursor() as cursor, transaction(cursor):
            return undoing.undoing(cursor, number)

    def mappings(self) -> dict[str, str]:
        """The import mappings that people saved: name -> TOML, by name."""
        with self._connection.cursor() as cursor:
            return import_log.mappings(cursor)

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One state of the store to read while others write."""
        with self._heavy, self._connection.cursor() as cursor, transaction(cursor):
            yield cursor

    def verify(
        self, known: Sequence[Anchor] = (), progress: verification.Progress | None = None
    ) -> Verdict:
        """Hold the log against its seals and anchors and the tables against the log.

        `known` are anchors beyond those beside the store, e.g. of a backup; see
        `data.verification`.
        """
        key, kept = audit.read_key(self.path), anchors.of(self.path)
        with self.reading() as cursor:
            return verification.verify(cursor, key, [*kept, *known], progress)

    def audit(self, actor: Actor) -> AuditLog:
        """The audit log as the actor may read it.

        Raises:
            NotAllowedError: the actor's role has no audit.
        """
        with self._connection.cursor() as cursor:
            permission.require(cursor, actor, "audit")
            rights = permission.rights(cursor, actor)
        subjects = None if rights is None else audit_log.subjects(rights)
        return AuditLog(self._connection.cursor, subjects)

    # ---- writing

    def anchor(self) -> Anchor:
        """Where the log ends now, kept beside the store as well; see `data.anchors`."""
        return self._writer.anchor()

    def note(
        self,
        actor: Actor,
        action: str,
        after: Mapping[str, object],
        record: str | None = None,
        id: str | None = None,
    ) -> None:
        """Add a row to the audit log that tells of no change; see `data.actions`."""
        self._writer.submit(lambda work: work.log(actor, action, record, id, after=after)).result()

    def copy_to(self, target: Path, actor: Actor) -> Taken:
        """Copy the file as it is between two commits; see `data.snapshot`. Writers wait for it.

        Raises:
            NotAllowedError: the actor's role makes no backups.
            OSError: the target cannot be written.
        """

        def work(turn: Transaction) -> Taken:
            permission.require(turn.cursor, actor, "backup")
            snapshot.copy(self.path, target)
            cursor = turn.cursor
            return Taken(turn.moment, snapshot.contents(cursor), snapshot.digests(cursor))

        taken: Taken = self._writer.submit(work, alone=True).result()
        return taken

    def submit(self, form: Form) -> Receipt:
        """Store a form and wait for its commit; a form already stored changes nothing.

        Raises:
            RefusedError: a value is not allowed; all problems are named.
            NotFoundError, ChangedMeanwhileError: the record is gone or not as it was seen.
            DiskFullError, StoreClosedError: nothing was stored.
        """
        settings = self.settings()
        with self._connection.cursor() as cursor, transaction(cursor):  # one state of the store
            if forms.is_filed(cursor, form):
                return forms.receipt(form, is_new=False)
            checked = forms.check(cursor, form, self._clock(), settings)

        def work(turn: Transaction) -> Receipt:
            return forms.apply(turn, checked, settings_table.read(turn))

        receipt: Receipt = self._writer.submit(work).result()
        return receipt

    def load(
        self,
        frames: Mapping[str, pl.DataFrame],
        *,
        actor: Actor,
        origin: str,
        source: str,
        conflicts: pl.DataFrame | None = None,
        replace_demo: bool = False,
        settings: Mapping[str, object] | None = None,
        progress: Progress | None = None,
        dry_run: bool = False,
        same: pl.DataFrame | None = None,
    ) -> LoadResult:
        """Bring in many rows as one transaction; see `data.load`.

        Keys of `frames` are names of records; a frame has `id` and the columns the
        source has, in declared types and already checked. New rows get the declared
        defaults elsewhere; stored rows change where a value differs. `conflicts` holds
        the person's choices (`data.compare.CHOICES`), `settings` what the source says of
        the department. `same` names new customers that are
        stored ones (`data.merged.SAME`): what comes with them goes to these.
        `progress(record, done, total)` is called in the caller's thread.
        With `dry_run` nothing is kept.

        Raises:
            RefusedError: a setting is not allowed.
            NotAllowedError: the actor's role has no import.
            StoreInUseError: demo data for a store that holds records of its own.
        """
        wanted = Load(
            frames, actor, origin, source, conflicts, replace_demo, settings or {}, dry_run, same
        )
        today = self.today()
        events: queue.SimpleQueue[tuple[str, int, int] | None] = queue.SimpleQueue()

        def work(turn: Transaction) -> LoadResult:
            permission.require(turn.cursor, actor, "import")
            return load.run(turn, wanted, today, lambda *event: events.put(event))

        done = self._writer.submit(work, alone=True)
        done.add_done_callback(lambda _: events.put(None))
        for event in iter(events.get, None):
            if progress:
                progress(*event)
        result: LoadResult = done.result()
        return result

    def undo(self, number: int, actor: Actor) -> Undoing:
        """Take an import back as one transaction: all of it, or nothing.

        Raises:
            UndoRefusedError: rows are in the way.
            NoSuchImportError, ImportUndoneError, TooOldError: it cannot be taken back at all.
            NotAllowedError: the actor's role has no import.
        """

        def work(turn: Transaction) -> Undoing:
            permission.require(turn.cursor, actor, "import")
            return undoing.undo(turn, number, actor)

        result: Undoing = self._writer.submit(work, alone=True).result()
        return result

    def save_mapping(self, name: str, mapping: str, actor: Actor) -> None:
        """Keep an import mapping (TOML) under a name; one of that name is replaced.

        Raises:
            NotAllowedError: the actor's role has no import.
        """

        def work(turn: Transaction) -> None:
            permission.require(turn.cursor, actor, "import")
            import_log.save_mapping(turn, name, mapping, actor)

        self._writer.submit(work, alone=True).result()

    def empty_demo(self, actor: Actor) -> None:
        """Remove all records of a demo store.

        Raises:
            NotADemoError: the store's data are real.
            NotAllowedError: the actor's role has no settings.
        """

        def work(turn: Transaction) -> None:
            permission.require(turn.cursor, actor, "settings")
            load.clear_demo(turn, actor)

        self._writer.submit(work, alone=True).result()

    def save_settings(
        self,
        changes: Mapping[str, object],
        actor: Actor,
        seen: Mapping[str, object] | None = None,
    ) -> None:
        """Change settings by name. `seen` is what the person saw in them.

        Raises:
            ChangedMeanwhileError: somebody else has changed one of them since.
            RefusedError: a value is not allowed; nothing is changed.
            NotAllowedError: the actor's role has no settings.
        """
        settings_table.changed(self.settings(), changes)  # refuse before queueing

        def work(turn: Transaction) -> None:
            permission.require(turn.cursor, actor, "settings")
            settings_table.save(turn, changes, actor, seen)

        self._writer.submit(work, alone=True).result()

"""Backups that make themselves: one thread that sleeps till the next is due.

One that was missed while the app did not run is made at its start. A demo is not backed up.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from data import audit, backup, retention
from data.actor import Actor
from data.archive import Archive
from data.errors import YejiError
from data.settings import Settings
from data.store import Store, utc_now

PRODUCT = Actor("schedule", is_trusted=True)
_LONGEST = timedelta(minutes=10)  # between looks: settings, clock or disk may have changed
_log = logging.getLogger(__name__)


class Failure(NamedTuple):
    """The last scheduled backup could not be made."""

    at: datetime  # UTC
    error: YejiError


class Schedule:
    """Keeps one store backed up in a folder; `look` does what is due, `start` keeps looking."""

    def __init__(self, store: Store, folder: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.folder = folder
        self.failure: Failure | None = None
        self._store = store
        self._clock = clock
        self._settled = datetime.min.replace(tzinfo=UTC)  # due moments up to here need no backup
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="yeji-backups", daemon=True)

    def start(self) -> None:
        """Look now and whenever a backup may be due, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Finish a backup that is under way, then look no more. Twice is harmless."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def backups(self) -> list[Archive]:
        """The whole backups of this store, newest first."""
        key = audit.read_key(self._store.path)
        return [made for made in backup.listed(self.folder, key) if made.is_sealed]

    def next_due(self) -> datetime | None:
        """When the next one is to be made (UTC); None: they are off, or the data are a demo."""
        settings = self._store.settings()
        if not is_on(settings):
            return None
        return retention.next_due(self._clock(), _at(settings), settings.zone)

    def look(self) -> None:
        """Make the backup that is due, if anything changed, and let go of those not kept."""
        settings = self._store.settings()
        if not is_on(settings):
            return
        due = retention.due(self._clock(), _at(settings), settings.zone)
        try:
            if self._settled < due:
                self._make(due)
                self._let_go(settings)
                self._settled = due
        except YejiError as error:
            _log.warning("no scheduled backup was made: %s", error)
            self.failure = Failure(self._clock(), error)
        except Exception:  # nobody waits for this thread: it must live and tell
            _log.exception("no scheduled backup was made")
            self.failure = Failure(self._clock(), YejiError())
        else:
            self.failure = None

    def _make(self, due: datetime) -> None:
        made = self.backups()
        is_made = bool(made) and made[0].manifest.made_at >= due
        if not is_made and backup.is_needed(self._store, made[0] if made else None):
            backup.make(self._store, self.folder, PRODUCT, "scheduled")

    def _let_go(self, settings: Settings) -> None:
        """Remove scheduled backups that are not kept; those a person asked for stay."""
        scheduled = {
            made.manifest.made_at: made
            for made in self.backups()
            if made.manifest.reason == "scheduled"
        }
        kept = retention.kept(
            scheduled,
            settings.zone,
            daily=settings.backup_daily,
            weekly=settings.backup_weekly,
            monthly=settings.backup_monthly,
        )
        for moment in scheduled.keys() - kept:
            backup.remove(scheduled[moment])

    def _run(self) -> None:
        while True:
            self.look()
            until = (self.next_due() or datetime.max.replace(tzinfo=UTC)) - self._clock()
            if self._stopped.wait(min(until, _LONGEST).total_seconds()):
                return


def is_on(settings: Settings) -> bool:
    """Whether this department's backups make themselves."""
    return settings.backup_on and not settings.is_demo


def _at(settings: Settings) -> time:
    return time.fromisoformat(settings.backup_at)

"""How long people wait while the store is backed up: `python -m benchmarks.backup STORE`.

Twenty people file visits, each with half a second to think, and two read. Their waits while a
backup or an export is made stand beside those without one.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks.large_store import store_of
from data import audit, backup, entry, open_files
from data.actor import MACHINE
from data.records import Customer, Rep, Visit
from data.store import Store

PEOPLE, READERS, THINKING, QUIET = 20, 2, 0.5, 5.0  # seconds
Waits = list[tuple[float, float]]  # when it ended, how long it took


def main() -> None:
    """Print how long each took, and how long people waited meanwhile."""
    large = store_of(main.__doc__ or "")
    with tempfile.TemporaryDirectory(dir=large.parent) as place:
        store = Store(_copied(large, Path(place) / "yeji.duckdb"))
        filed: Waits = []
        read: Waits = []
        stop = threading.Event()
        with ThreadPoolExecutor(PEOPLE + READERS) as pool:
            about = _about(store)
            work = [pool.submit(_file, store, about, n, stop, filed) for n in range(PEOPLE)]
            work += [pool.submit(_read, store, stop, read) for _ in range(READERS)]
            time.sleep(QUIET)  # until everybody is at work
            _phase("nothing else", lambda: time.sleep(QUIET), filed, read)
            copy = Path(place) / "copy.duckdb"
            _phase("only the copy", lambda: store.copy_to(copy, MACHINE), filed, read)
            for _ in range(3):
                _phase("backup", lambda: backup.make(store, _folder(place), MACHINE), filed, read)
                time.sleep(THINKING)
            export = Path(place) / "export"
            _phase("export", lambda: open_files.write(store, export, MACHINE), filed, read)
            stop.set()
        for done in work:
            done.result()
        store.close()


def _copied(large: Path, path: Path) -> Path:
    shutil.copy(large, path)
    shutil.copy(audit.key_path(large), audit.key_path(path))
    return path


def _folder(place: str) -> Path:
    return Path(place) / "backups"


def _phase(name: str, work: Callable[[], object], filed: Waits, read: Waits) -> None:
    begin = time.perf_counter()
    work()
    end = time.perf_counter()
    time.sleep(THINKING)  # what waited has been answered
    print(f"{name:<14}{end - begin:>6.2f} s", end="")
    for kind, waits in (("filing", filed), ("reading", read)):
        took = sorted(took for at, took in waits if at > begin and at - took < end)
        middle = took[len(took) // 2] if took else 0
        print(f"   {kind} {len(took):>4} p50 {middle:.3f} max {max(took, default=0):.3f} s", end="")
    print()


def _about(store: Store) -> dict[str, object]:
    """Whom the visits are to, by whom."""
    customer = store.rows(Customer, limit=1).row(0, named=True)
    return {"customer_id": customer["id"], "rep_id": customer["owner_rep_id"], "minutes": 30}


def _file(
    store: Store, about: dict[str, object], person: int, stop: threading.Event, waits: Waits
) -> None:
    number = 0
    while not stop.wait(THINKING):
        number += 1
        words = {"topic": f"{person}/{number}", "visited_at": datetime(2026, 11, 20)}
        form = f"benchmark {person}/{number}"
        _timed(partial(entry.add, store, Visit, {**about, **words}, MACHINE, form), waits)


def _read(store: Store, stop: threading.Event, waits: Waits) -> None:
    while not stop.wait(THINKING):
        _timed(lambda: store.rows(Rep), waits)


def _timed(work: Callable[[], object], waits: Waits) -> None:
    begin = time.perf_counter()
    work()
    end = time.perf_counter()
    waits.append((end, end - begin))


if __name__ == "__main__":
    main()

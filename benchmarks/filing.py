"""How long a form takes while many file and dashboards refresh: `python -m benchmarks.filing`.

Fifty people file visits, new deals and weekly reports in the demo department, each with a second
to think; every fifth form comes twice at once, as by a double click. Ten dashboards look once a
second whether something changed and compute the overview's reports anew, as the app does: what
one of them has computed, the others find. In the end every form is there exactly once.
"""

import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from functools import cache, partial
from pathlib import Path

import polars as pl

from analytics import catalogue
from analytics.query import Query
from data import demo, entry
from data.actor import MACHINE, Actor
from data.records import Customer, Deal, Rep, Visit
from data.store import Store

PEOPLE, DASHBOARDS, THINKING = 50, 10, 1.0  # seconds
REPORTS = ("overview", "monthly", "funnel", "rep-ranking", "newest-reports", "weekly-reports")
Seconds = list[float]


def main() -> None:
    """File for as many seconds as asked (60) and print how long forms and refreshes took."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "yeji.duckdb")
        store.load(demo.frames(store.today()), actor=MACHINE, origin="demo", source="demo")
        stop, filed = threading.Event(), Filed(store)
        board = Dashboards(store)
        with ThreadPoolExecutor(PEOPLE + DASHBOARDS) as pool:
            work = [pool.submit(filed.person, n, stop) for n in range(PEOPLE)]
            work += [pool.submit(board.watch, n, stop) for n in range(DASHBOARDS)]
            time.sleep(seconds)
            stop.set()
        for done in work:
            done.result()
        filed.check()
        print(f"{PEOPLE} people, {DASHBOARDS} dashboards, {seconds:.0f} s; seconds:")
        for name, took in (("filing", filed.took), ("refresh", board.took)):
            print(f"{name:<8} {len(took):>6} " + percentiles(took))
        store.close()


def percentiles(took: Seconds) -> str:
    """Median, 95th percentile and maximum."""
    known = sorted(took)
    middle, most = known[len(known) // 2], known[int(len(known) * 0.95)]
    return f"p50 {middle:.2f}, p95 {most:.2f}, max {known[-1]:.2f}"


class Filed:
    """What people filed: how long each form took, and what must be in the store."""

    def __init__(self, store: Store) -> None:
        self.took: Seconds = []
        self._store, self._expected = store, Counter[str]()
        sellers = store.rows(Rep, match={"role": "rep"}).filter(pl.col("status") != "left")
        self._reps = sellers["id"].to_list()
        owned = store.rows(Customer).select("owner_rep_id", "id").drop_nulls()
        self._customers = dict(owned.iter_rows())
        self._twice = ThreadPoolExecutor(PEOPLE)

    def person(self, number: int, stop: threading.Event) -> None:
        """File until it is time to stop."""
        chance = random.Random(number)
        rep = self._reps[number % len(self._reps)]
        count = 0
        while not stop.wait(chance.uniform(0.5, 1.5) * THINKING):
            kind, form = chance.choice(("visits", "deals", "reports")), f"{number}-{count}"
            file = partial(getattr(self, f"_{kind}"), rep, form, count)
            begin = time.perf_counter()
            again = self._twice.submit(file) if count % 5 == 0 else None
            file()
            self.took.append(time.perf_counter() - begin)
            if again:
                again.result()
            self._expected[kind] += 1
            count += 1

    def check(self) -> None:
        """Every form is in the store exactly once, and the log is whole."""
        for table, record in (("deals", Deal), ("visits", Visit)):
            entered = self._store.rows(record).filter(pl.col("origin") == "entry")
            assert entered.height == self._expected[table], table
            assert entered["id"].n_unique() == entered.height
        log = self._store.audit_rows().filter(pl.col("record") == "WorkReport")
        assert log.height == self._expected["reports"]
        assert self._store.verify().findings == ()
        self._twice.shutdown()

    def _visits(self, rep: str, form: str, count: int) -> None:
        noon = datetime.combine(self._store.today() - timedelta(days=1), time_of_day(12))
        moment = noon + timedelta(minutes=count)
        values = {"rep_id": rep, "customer_id": self._customers.get(rep), "visited_at": moment}
        values |= {"minutes": 45, "topic": f"Form {form}"}
        entry.add(self._store, Visit, values, Actor(rep, "127.0.0.1"), f"visit {form}")

    def _deals(self, rep: str, form: str, count: int) -> None:
        values = {"rep_id": rep, "customer_id": self._customers.get(rep), "amount": Decimal(count)}
        values |= {"name": f"Form {form}", "opened_on": self._store.today()}
        entry.add_deal(self._store, values, Actor(rep, "127.0.0.1"), f"deal {form}")

    def _reports(self, rep: str, form: str, count: int) -> None:
        week, words = self._store.today(), {"plan": f"Form {form}"}
        actor = Actor(rep, "127.0.0.1")
        entry.save_report(self._store, rep, week, words, actor, f"report {form}", submit=False)


class Dashboards:
    """Open overviews; each computes anew what changed, unless another one just has."""

    def __init__(self, store: Store) -> None:
        self.took: Seconds = []
        self._store = store
        self._locks: Callable[[object], threading.Lock] = cache(lambda key: threading.Lock())
        self._known: dict[object, pl.DataFrame] = {}

    def watch(self, number: int, stop: threading.Event) -> None:
        """Look once a second, each dashboard at a moment of its own."""
        seen = None
        stop.wait(number / DASHBOARDS)
        while not stop.wait(1):
            if (versions := self._store.versions()) != seen:
                seen, begin = versions, time.perf_counter()
                for name in REPORTS:
                    self._report(name, versions)
                self.took.append(time.perf_counter() - begin)

    def _report(self, name: str, versions: dict[str, int]) -> pl.DataFrame:
        today = self._store.today()
        query = Query(as_of=today, since=today.replace(day=1), until=today + timedelta(days=1))
        tables = catalogue.REPORTS[name].tables
        key = (name, *(versions.get(table) for table in tables))
        return self._once(key, lambda: catalogue.run(name, partial(self._table, versions), query))

    def _table(self, versions: dict[str, int], name: str) -> pl.DataFrame:
        return self._once((name, versions.get(name)), lambda: self._store.frame(name))

    def _once(self, key: object, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        with self._locks(key):
            if key not in self._known:
                self._known[key] = make()
            return self._known[key]


if __name__ == "__main__":
    main()

"""How long it takes to find duplicate customers: `python -m benchmarks.duplicates`.

100,000 stored and 5,000 incoming customers with names, places, legal forms and telephone
numbers of chance; then one customer with 1,000 visits is merged, and the merge taken back.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from data import columns, entry
from data.actor import MACHINE
from data.duplicates import finding, places
from data.records import Customer, Rep, Visit
from data.store import Store

STORED, INCOMING, VISITS = 100_000, 5_000, 1_000
_COMMON = "恒远华辰鑫达宏金源泰永顺瑞丰海天中正星宇东方明志德龙科立伟业新松汇川"
_RARE = "".join(map(chr, range(0x4E00, 0x5200)))
_TRADES = ("精密机械", "电子科技", "自动化设备", "新材料", "塑料制品", "五金制品", "化工", "包装")
_FORMS = ("有限公司", "股份有限公司", "有限责任公司", "", "")


def main() -> None:
    """Print seconds of processor time."""
    chance = random.Random(1)
    known, new = (customers(chance, letter, n) for letter, n in (("s", STORED), ("i", INCOMING)))
    with timed(f"prepare {STORED:,} stored"):
        stored = finding.prepared(known)
    with timed(f"find {INCOMING:,} incoming among them"):
        finding.between(finding.prepared(new), stored)
    with timed("find one among them"):
        finding.between(finding.prepared(new.head(1)), stored)
    with timed("find all pairs among them"):
        finding.among(stored)
    with tempfile.TemporaryDirectory() as folder:
        merge(Path(folder) / "yeji.duckdb")


def customers(chance: random.Random, letter: str, count: int) -> pl.DataFrame:
    """Customers with names as they are, four in five with a place."""
    cities = ["", *places.names()]
    rows = [
        (
            f"{letter}{number}",
            (chance.choice(cities) if chance.random() < 0.8 else "")
            + "".join(chance.choice(chance.choice((_COMMON, _RARE))) for _ in range(2))
            + chance.choice(_TRADES)
            + chance.choice(_FORMS),
            *(None, None, None),
            [f"1{chance.randint(3 * 10**9, 10**10 - 1)}"],
        )
        for number in range(count)
    ]
    return pl.DataFrame(rows, schema=finding.PARTIES, orient="row")


def merge(path: Path) -> None:
    """Merge a customer with many visits in a store of its own, and take it back."""
    store = Store(path)
    visited_at = datetime(2026, 1, 5, tzinfo=UTC)
    visit = {"customer_id": "B", "rep_id": "R", "visited_at": visited_at, "minutes": 30}
    frames = {
        "Rep": columns.frame(Rep, [{"id": "R", "name": "R"}]),
        "Customer": columns.frame(Customer, [{"id": "A", "name": "A"}, {"id": "B", "name": "B"}]),
        "Visit": columns.frame(Visit, [{**visit, "id": f"V{n}"} for n in range(VISITS)]),
    }
    store.load(frames, actor=MACHINE, origin="import", source="benchmark")
    with timed(f"merge a customer with {VISITS:,} visits"):
        entry.merge_customers(store, "A", "B", (), MACHINE, "merge")
    with timed("take that back"):
        entry.undo_merge(store, "merge", MACHINE, "undo")
    store.close()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the processor time that it took: other work on the machine does not count."""
    start = time.process_time()
    yield
    print(f"{what:<40}{time.process_time() - start:>7.2f} s")


if __name__ == "__main__":
    main()

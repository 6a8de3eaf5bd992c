"""How much memory every report needs on a large store: `python -m benchmarks.memory`.

Each report runs once in a process of its own, its tables read before: MiB at the peak beyond
those. SQL: the plain query of `sql/`, also by itself; it reads the tables as it goes. Linux
only, which tells a process its peak and sets it back.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from analytics import catalogue
from benchmarks.large_store import store_of
from benchmarks.reports import SQL, YEAR, fetched
from data.store import Store

PROCESS = Path("/proc/self")
ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print one line per report; with a second argument, measure that report or query only."""
    if len(sys.argv) > 2:
        path, asked = Path(sys.argv[1]), sys.argv[2]
        print(f"{of_query(path, asked) if asked.endswith('.sql') else of_report(path, asked):.0f}")
        return
    path = store_of(__doc__)
    print(f"{'report':<24}{'MiB':>8}{'SQL MiB':>10}")
    for name in catalogue.REPORTS:
        query = f"{name}.sql"
        plain = f"{measured(path, query):>10}" if (SQL / query).exists() else ""
        print(f"{name:<24}{measured(path, name):>8}{plain}", flush=True)


def measured(path: Path, asked: str) -> int:
    """MiB of a report or query in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.memory", str(path.absolute()), asked]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


def of_report(path: Path, name: str) -> float:
    """MiB that a report needs beyond its tables."""
    store = Store(path)
    tables = {table: store.frame(table) for table in catalogue.REPORTS[name].tables}
    needed = peak(lambda: catalogue.run(name, tables.__getitem__, YEAR))
    store.close()
    return needed


def of_query(path: Path, file: str) -> float:
    """MiB that a query of `sql/` needs."""
    text = (SQL / file).read_text(encoding="utf-8")
    with duckdb.connect(str(path), read_only=True) as connection:
        return peak(lambda: fetched(connection, text))


def peak(work: Callable[[], object]) -> float:
    """MiB that the process held at the peak of a work beyond what it held before."""
    (PROCESS / "clear_refs").write_text("5")  # sets the peak back to the present
    before = _held("VmRSS")
    work()
    return (_held("VmHWM") - before) / 1024


def _held(name: str) -> int:
    """A figure of the process in KiB."""
    lines = (PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()

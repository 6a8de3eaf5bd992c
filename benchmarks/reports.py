"""How long every report of the catalogue takes on a large store: `python -m benchmarks.reports`.

Cold: the tables are read from the store first. Warm: they are in memory, as after the first
screen. SQL: the same figures by plain DuckDB on the stored tables, where a report has a
counterpart without as-of history in `sql/`; the quotient is warm / SQL.
"""

import time
from collections.abc import Callable
from datetime import date
from functools import cache, partial
from pathlib import Path

import duckdb
import polars as pl

from analytics import catalogue
from analytics.query import Query
from benchmarks.large_store import TODAY, store_of
from data.store import Store

SQL = Path(__file__).parent / "sql"
RUNS = 5
YEAR = Query(as_of=TODAY, since=date(2026, 1, 1), until=date(2027, 1, 1))


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest of RUNS."""
    return min(timed(work) for _ in range(RUNS))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Print one line per report."""
    path = store_of(__doc__)
    plain = sql_figures(path)
    store = Store(path)
    print(f"{'report':<22}{'rows':>8}{'cold ms':>10}{'warm ms':>10}{'SQL ms':>10}{'x':>8}")
    for name in catalogue.REPORTS:
        print(line(name, store, plain.get(name)))
    store.close()


def line(name: str, store: Store, plain: float | None) -> str:
    """One report: rows, cold, warm, and against plain SQL."""
    cold = timed(lambda: catalogue.run(name, store.frame, YEAR))
    read = cache(store.frame)
    rows = catalogue.run(name, read, YEAR)
    warm = best(lambda: catalogue.run(name, read, YEAR))
    against = f"{plain:>10.0f}{warm / plain:>8.1f}" if plain else ""
    return f"{name:<22}{rows.height:>8}{cold:>10.0f}{warm:>10.0f}{against}"


def sql_figures(path: Path) -> dict[str, float]:
    """Milliseconds of each file in sql/, named after its report."""
    queries = {file.stem: file.read_text(encoding="utf-8") for file in sorted(SQL.glob("*.sql"))}
    with duckdb.connect(str(path), read_only=True) as connection:
        return {name: best(partial(fetched, connection, text)) for name, text in queries.items()}


def fetched(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """The rows of a query."""
    return connection.sql(query).pl()


if __name__ == "__main__":
    main()

"""How long an import of a million visits takes: `python -m benchmarks.import_visits`.

The export is made here: 50 people, 100,000 customers, 200,000 deals, 1,000,000 visits as CSV
with day formats, suffixes and Chinese words to translate. It goes into an empty store, then
once more unchanged, with every check both times.
"""

import tempfile
import time
from pathlib import Path

import polars as pl

from data import importing
from data.actor import MACHINE
from data.importing.template import NAME
from data.store import Store

PEOPLE, CUSTOMERS, DEALS, VISITS = 50, 100_000, 200_000, 1_000_000


def main() -> None:
    """Print seconds and counts of both imports."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        export(folder)
        store = Store(folder / "yeji.duckdb")
        for which in ("first", "again"):
            start = time.perf_counter()
            result = importing.run(NAME, folder, store, actor=MACHINE)
            seconds = time.perf_counter() - start
            new, unchanged = result.counts.select(pl.sum("new", "unchanged")).row(0)
            print(f"{which:<6}{seconds:>7.1f} s  new {new:>9,}  unchanged {unchanged:>9,}")
        store.close()


def export(folder: Path) -> None:
    """Write the files of the template, filled."""
    ids("R", PEOPLE).select("id", name="业务员" + pl.col("id")).write_csv(folder / "reps.csv")
    ids("C", CUSTOMERS).select("id", name=pl.col("id") + "精密机械有限公司").write_csv(
        folder / "customers.csv"
    )
    ids("D", DEALS).select(
        "id",
        customer_id=some("C", CUSTOMERS),
        rep_id=some("R", PEOPLE),
        amount=(pl.col("number") % 500 + 1).cast(pl.String) + "万",
        opened_on=pl.lit("2025/1/8"),
    ).write_csv(folder / "deals.csv")
    ids("V", VISITS).select(
        "id",
        customer_id=some("C", CUSTOMERS),
        rep_id=some("R", PEOPLE),
        deal_id=some("D", DEALS),
        kind=pl.lit("拜访"),
        visited_at=(pl.datetime(2024, 1, 1) + pl.duration(minutes="number")).dt.strftime(
            "%Y-%m-%d %H:%M"
        ),
        minutes=(pl.col("number") % 200).cast(pl.String),
        topic=pl.lit("洽谈二期产线的技术方案与交付计划"),
    ).write_csv(folder / "visits.csv")


def ids(letter: str, height: int) -> pl.DataFrame:
    """Columns number and id, one row each."""
    numbers = pl.DataFrame({"number": pl.int_range(height, eager=True)})
    return numbers.with_columns(id=letter + pl.col("number").cast(pl.String))


def some(letter: str, height: int) -> pl.Expr:
    """An id of another file, spread over all of them."""
    spread = pl.col("number") * 7919 % height  # a prime, so that neighbours differ
    return letter + spread.cast(pl.String)


if __name__ == "__main__":
    main()

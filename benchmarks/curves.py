"""What a win curve costs beside a plain win rate, at two million deals: `-m benchmarks.curves`.

The deals are made in memory, without history, visits or costs: only what both reports read.
Processor time counts, of all threads: on a shared machine it is steadier than the clock.
"""

import time
from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from analytics import catalogue, incidence, measures
from analytics.query import Query
from analytics.schemas import TABLES

DEALS, REPS = 2_000_000, 126
TODAY = date(2026, 11, 23)
WINDOW = 730  # days over which deals were opened
WIN, LOSE = 0.004, 0.012  # daily hazards
RUNS = 5
_STATUSES = np.array(["open", "won", "lost"])


def main() -> None:
    """Print both times and their quotient, as reports and as bare sums over the same rows."""
    tables = made(DEALS)
    print(f"{'':<16}{'win rate ms':>12}{'win curve ms':>14}{'x':>6}")
    asked = Query(as_of=TODAY, by="source")
    names = ("win-rate", "win-curves")
    print(line("report", *(partial(catalogue.run, n, tables.__getitem__, asked) for n in names)))
    deals = tables["deals"].lazy().select("source", "status", "opened_on", days=_days())
    print(line("sums alone", partial(_win_rate, deals), partial(_curve, deals)))


def line(name: str, plain: Callable[[], object], curve: Callable[[], object]) -> str:
    """One comparison: milliseconds of each, and how many times as long the curve takes."""
    rate, curves = (min(worked(each) for _ in range(RUNS)) for each in (plain, curve))
    return f"{name:<16}{rate:>12.0f}{curves:>14.0f}{curves / rate:>6.1f}"


def worked(work: Callable[[], object]) -> float:
    """Milliseconds of processor time of one run."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def _win_rate(deals: pl.LazyFrame) -> pl.DataFrame:
    return deals.group_by("source").agg(measures.win_rate()).collect()


def _curve(deals: pl.LazyFrame) -> pl.DataFrame:
    return incidence.curves(incidence.life_table(deals, ["source"]), ["source"]).collect()


def _days() -> pl.Expr:
    return (pl.col("closed_on").fill_null(TODAY) - pl.col("opened_on")).dt.total_days()


def made(count: int) -> dict[str, pl.DataFrame]:
    """Every table of the store; all but deals, reps and stages are empty."""
    rng = np.random.default_rng(1)
    age = rng.integers(0, WINDOW, count)
    end = rng.geometric(WIN + LOSE, count)
    fate = np.where(end > age, 0, np.where(rng.random(count) < WIN / (WIN + LOSE), 1, 2))
    opened = np.datetime64(TODAY) - age
    rep = [f"R{n}" for n in range(REPS)]
    deals = pl.DataFrame(
        {
            "deal_id": np.arange(count).astype(str),
            "rep_id": np.array(rep)[rng.integers(0, REPS, count)],
            "source": np.array(["fair", "visit", "web"])[rng.integers(0, 3, count)],
            "status": _STATUSES[fate],
            "opened_on": opened,
            "closed_on": opened + end,
        }
    ).with_columns(closed_on=pl.when(pl.col("status") != "open").then("closed_on"))
    known = {"deals": deals, "reps": pl.DataFrame({"rep_id": rep, "rep": rep})}
    return {name: _whole(known.get(name), name) for name in TABLES}


def _whole(rows: pl.DataFrame | None, table: str) -> pl.DataFrame:
    """Rows with every column of the table, unknown where they have none."""
    schema = TABLES[table]
    if rows is None:
        return pl.DataFrame(schema=schema)
    return rows.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in rows.columns
    ).select(pl.col(name).cast(kind) for name, kind in schema.items())


if __name__ == "__main__":
    main()

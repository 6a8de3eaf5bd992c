"""How a department opens after it was killed while filing: `python -m benchmarks.crashes 100`.

Kills it that often at random moments, checks each time that nothing acknowledged is lost and
nothing is half there, and prints how long opening took.
"""

import sys
import tempfile
import time
from pathlib import Path

from data.store import Store
from tests.data import crashes


def main() -> None:
    """Print one line for all kills."""
    kills, seconds, kept = int(sys.argv[1]), [], 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "yeji.duckdb"
        crashes.found(path)
        for seed in range(1, kills + 1):
            left = crashes.killed(path, list(crashes.PHASES)[seed % len(crashes.PHASES)], seed)
            begin = time.perf_counter()
            store = Store(path)
            seconds.append(time.perf_counter() - begin)
            crashes.check(store, left)
            store.close()
            kept += len(left.forms)
    median, worst = sorted(seconds)[kills // 2], max(seconds)
    print(f"{kills} kills, {kept} acknowledged forms kept, opened in {median:.2f} s", end=", ")
    print(f"at worst in {worst:.2f} s")


if __name__ == "__main__":
    main()

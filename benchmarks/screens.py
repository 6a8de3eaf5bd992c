"""How long every screen takes to open on a large store: `python -m benchmarks.screens`.

Each screen is opened by Streamlit's own test runner in a process of its own: everything is
computed and drawn, only the browser is missing. Cold: first screen of a fresh process, with
an empty cache. Again: the same screen for the next person, all cached. After a change: a
deal was saved, so that every table it touches is read and computed anew.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest

from benchmarks.large_store import store_of
from data import entry, sessions
from data.actor import MACHINE
from data.records import Deal, Rep
from data.store import Store
from pages.ui import cache, menu, session

ROOT = Path(__file__).parents[1]
HEAD = ("screen", "cold s", "again s", "after a change s")


def main() -> None:
    """Print one line per screen; with a second argument, measure that screen only."""
    if len(sys.argv) > 2:
        print(*(f"{seconds:.2f}" for seconds in opened(sys.argv[2])))
        return
    path = store_of(__doc__)
    print(f"{HEAD[0]:<18}{HEAD[1]:>10}{HEAD[2]:>10}{HEAD[3]:>18}")
    for name in screens():
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.screens", str(path), name],
            cwd=ROOT,
            env={**os.environ, "YEJI_DB": str(path.absolute())},
            capture_output=True,
            text=True,
            check=True,
        )
        cold, again, changed = done.stdout.split()
        print(f"{name:<18}{cold:>10}{again:>10}{changed:>18}")


def screens() -> list[str]:
    """Every address of the menu."""
    return [name for pages in menu.MENU.values() for name in pages]


def opened(name: str) -> tuple[float, float, float]:
    """Seconds to open a screen: cold, again, and after a change."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    app.query_params["period"] = "year"

    def visit() -> None:
        app.switch_page(menu.address(name)).run()
        assert not app.exception, app.exception

    sign_in(cache.store())
    cold = timed(visit)
    again = min(timed(visit) for _ in range(3))
    save_a_deal(cache.store())
    changed = timed(visit)
    cache.store().close()
    return cold, again, changed


def sign_in(store: Store) -> None:
    """Let the general manager be signed in: Streamlit's test runner sends no cookies."""
    [boss] = store.rows(Rep, match={"role": "gm"}, limit=1)["id"]
    token = store.access.write(lambda turn: sessions.begin(turn, boss, "password", "127.0.0.1"))
    cookies = property(lambda _: StreamlitCookies({session.COOKIE: token}))
    ContextProxy.cookies = cookies  # type: ignore[method-assign, assignment]


def save_a_deal(store: Store) -> None:
    """Change the amount of one deal."""
    deal = store.rows(Deal, limit=1, match={"status": "open"}).row(0, named=True)
    amount = (deal["amount"] or Decimal(0)) + 1
    entry.edit(store, Deal, deal["id"], {"amount": amount}, MACHINE, entry.new_form_id())


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
